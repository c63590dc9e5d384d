# max_per_day is kept, and the rest goes on the next open days without being reminded of it.
rule per_day 2
at 2026-03-02 09:00
invoice A of a 100 due 2026-03-03
invoice B of b 100 due 2026-03-03
invoice C of c 100 due 2026-03-03
invoice D of d 100 due 2026-03-03
invoice E of e 100 due 2026-03-03
A friendly sent at 2026-03-06 08:30
B friendly sent at 2026-03-06 08:30
C friendly sent at 2026-03-09 08:30
D friendly sent at 2026-03-09 08:30
E friendly sent at 2026-03-10 08:30
