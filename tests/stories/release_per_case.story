# "Resume B despite dispute" lets B go on; A, which is contested, stays.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
invoice B of morel 500 due 2026-03-02
invoice C of morel 200 due 2026-03-02
A hears: dispute
user resumes B despite dispute
B friendly sent at 2026-03-05 08:30
B professional sent at 2026-03-12 08:30
state A held dispute
state C held dispute
nothing until 2026-03-20
at 2026-03-20 09:00
B hears: dispute
nothing until 2026-12-31
