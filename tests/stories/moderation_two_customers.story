# Two customers know nothing of one another: a hold and a week of one are not the other's.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
invoice B of petit 500 due 2026-03-02
invoice C of quand 500 due 2026-03-02
A hears: dispute
B friendly sent at 2026-03-05 08:30
C friendly sent at 2026-03-05 08:30
state A held dispute
