# A stopped case is over; the customer's other invoice is not, and the user may change his mind.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
invoice B of morel 1000 due 2026-03-03
user stops A
state A stopped
B friendly sent at 2026-03-06 08:30
user resumes A
A friendly sent at 2026-03-13 08:30
