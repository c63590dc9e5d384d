# A courtesy that would slip over a week-end behind the due date is left out; the week-end is not worked for it.
rule ladder courtesy -1, friendly 3
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-08   # a Sunday: the day before is Saturday, the next business day Monday the 9th
A friendly sent at 2026-03-11 08:30
nothing until 2026-05-01
