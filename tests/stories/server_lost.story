# An unknown outcome is never repeated by itself; found in Sent, it went out, and the ladder goes on.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
server lost
A friendly lost at 2026-03-05 08:30
outcome A friendly unknown
state A held needs_review
nothing until 2026-03-20 10:00
sent holds A friendly
outcome A friendly accepted
state A waiting
next A professional at 2026-03-27 08:30
