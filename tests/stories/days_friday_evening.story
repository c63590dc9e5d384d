# An invoice that comes on Friday evening is followed up on Monday morning.
at 2026-03-06 18:00
invoice A of morel 1000 due 2026-02-02
A friendly sent at 2026-03-09 08:30
