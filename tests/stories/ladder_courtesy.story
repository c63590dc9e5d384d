# Courtesy −3 is off by default and goes before the due date where the user wants it.
rule ladder courtesy -3, friendly 3
at 2026-02-20 09:00
invoice A of morel 1000 due 2026-03-05
A courtesy sent at 2026-03-02 08:30
A friendly sent at 2026-03-09 08:30   # +3 is Sunday the 8th; a week after the courtesy is Monday the 9th
nothing until 2026-05-01
