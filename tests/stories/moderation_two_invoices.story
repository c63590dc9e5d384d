# Two invoices of one customer share its week: one follow-up at a time, the longest due first.
at 2026-03-02 09:00
invoice B of morel 500 due 2026-03-01
invoice A of morel 1000 due 2026-03-02
B friendly sent at 2026-03-04 08:30
B professional sent at 2026-03-11 08:30
A friendly sent at 2026-03-18 08:30      # B's formal step waits its 14 days
A professional sent at 2026-03-25 08:30
nothing until 2026-04-08 08:29
B formal sent at 2026-04-08 08:30
