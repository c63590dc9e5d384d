# "Paid" without a number: the user who says of one invoice that it did not arrive has the question asked about that one.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
invoice B of morel 500 due 2026-03-02
morel any by address: paid
nothing until 2026-03-16
user resumes A
A proof_question sent at 2026-03-16 08:30
state B held paid
nothing until 2026-03-20
