# Clocks go forward on Sunday, March 29th: the morning after has its half past eight all the same.
at 2026-03-20 09:00
invoice A of morel 1000 due 2026-03-26     # +3 is that Sunday
A friendly sent at 2026-03-30 08:30
A professional sent at 2026-04-06 08:30
