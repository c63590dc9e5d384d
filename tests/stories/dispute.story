# A dispute holds the customer without end; silence never lifts it.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-05 08:30
at 2026-03-06 10:00
A hears: dispute
state A held dispute
next A none
nothing until 2028-01-01
state A held dispute
