# The ladder by default: friendly +3, professional +10, formal +24, formal notice +38, and nothing after it.
at 2026-02-20 09:00
invoice A of morel 1000 due 2026-03-02
state A waiting
plan A friendly 2026-03-05, professional 2026-03-12, formal 2026-03-26, formal_notice 2026-04-09
A friendly sent at 2026-03-05 08:30
A professional sent at 2026-03-12 08:30
A formal sent at 2026-03-26 08:30
A formal_notice asked at 2026-04-09 08:30
user approves A formal_notice
A formal_notice sent at 2026-04-09 08:30
nothing until 2026-12-31
state A ended
next A none
