# Seven days are seven days, also in the week whose Sunday has 25 hours.
at 2026-10-22 09:00
invoice A of morel 1000 due 2026-10-01
A friendly sent at 2026-10-22 09:00
at 2026-10-23 00:10
A hears: other
state A held other until 2026-10-30 23:59:59
A professional sent at 2026-11-02 08:30
