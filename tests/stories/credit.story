# A credit is nothing that a customer owes.
at 2026-03-02 09:00
invoice C of morel 1000 due 2026-03-02 credit
nothing until 2026-12-31
