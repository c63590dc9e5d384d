# A partial payment lowers what is owed; the ladder goes on for the rest, and the rest closes the case.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-05 08:30
user paid A 400
owed A 600
A professional sent at 2026-03-12 08:30
user paid A 600
state A paid
nothing until 2026-12-31
