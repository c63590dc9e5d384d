# With days = "all" a week-end is a day like any other.
rule days all
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-04
A friendly sent at 2026-03-07 08:30
