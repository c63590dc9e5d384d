# "Paid", and it did not arrive: a friendly question for proof, once; said again, the ladder goes on.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-05 08:30
at 2026-03-06 09:00
A hears: paid
nothing until 2026-03-16
user resumes A
A proof_question sent at 2026-03-16 08:30
at 2026-03-17 09:00
A hears: paid
nothing until 2026-03-30 09:00
user resumes A
A professional sent at 2026-03-30 09:00
