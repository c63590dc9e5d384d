# The gap counts from the last follow-up to that customer, whichever invoice it was about.
at 2026-03-26 08:00
invoice A of morel 1000 due 2026-02-02
invoice B of morel 500 due 2026-03-20
A friendly sent at 2026-03-26 08:30
A professional sent at 2026-04-02 08:30
B friendly sent at 2026-04-09 08:30    # A waits its 14 days, B only 7
nothing until 2026-04-16 08:29
B professional sent at 2026-04-16 08:30
nothing until 2026-04-30 08:29
A formal sent at 2026-04-30 08:30
