# A case that is paid stays paid, whatever is said of it afterwards.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
user paid A
user stops A
state A paid
user resumes A
state A paid
nothing until 2026-12-31
