# After a downtime one step at most, never a burst.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-05 08:30
down until 2026-06-01 10:00
A professional sent at 2026-06-01 10:00
nothing until 2026-06-15 08:29
A formal sent at 2026-06-15 08:30
