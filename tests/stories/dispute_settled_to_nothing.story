# Settled to nothing, a case is closed, and its dispute holds the other invoices no longer.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
invoice B of morel 500 due 2026-03-10
at 2026-03-03 10:00
A hears: dispute
at 2026-03-20 10:00
user settles A 0
state A closed
B friendly sent at 2026-03-20 10:00
