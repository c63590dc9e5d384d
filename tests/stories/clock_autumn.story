# Clocks go back on October 25th: an hour that comes twice sends nothing twice.
rule days all
rule hours 02:30-03:30
at 2026-10-20 09:00
invoice A of morel 1000 due 2026-10-22
A friendly sent at 2026-10-25 02:30
nothing until 2026-11-01 02:29
A professional sent at 2026-11-01 02:30
