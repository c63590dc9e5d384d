# A [[ladder]] in the configuration replaces the default ladder as a whole.
rule ladder friendly 5, formal 20 gap 10
at 2026-02-20 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-09 08:30   # +5 is a Saturday
A formal sent at 2026-03-23 08:30     # +20 is a Sunday
nothing until 2027-01-01
state A ended
