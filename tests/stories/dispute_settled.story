# The user settles a dispute, and the ladder goes on with the step that is next.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-05 08:30
at 2026-03-06 10:00
A hears: dispute
at 2026-03-20 10:00
user settles A 600
owed A 600
state A waiting
A professional sent at 2026-03-20 10:00
