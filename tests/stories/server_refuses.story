# A refused mail holds; mended and let go on, the same step goes again, for the customer never had it.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
server refuses
A friendly refused at 2026-03-05 08:30
state A held bounce
nothing until 2026-03-10 09:00
user resumes A
A friendly sent at 2026-03-10 09:00
