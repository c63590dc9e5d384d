# The user's own hold lasts as long as he said, and one without a day until he says so.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
invoice B of petit 1000 due 2026-03-02
user holds A 2026-03-13
user holds B
state A held user until 2026-03-13 23:59:59
A friendly sent at 2026-03-16 08:30
nothing until 2026-03-20
state B held user
user resumes B
B friendly sent at 2026-03-20 08:30
