# A step that falls on a week-end goes on Monday.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-04     # +3 is Saturday the 7th
A friendly sent at 2026-03-09 08:30
A professional sent at 2026-03-16 08:30
