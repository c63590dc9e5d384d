# A stranger who names the invoice holds the customer as a question; a no from him is a no.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
invoice B of petit 1000 due 2026-03-02
A hears by stranger: promise 2026-03-13
state A held unattributed
B hears by stranger: opt_out
state B held opt_out
user resumes B
state B held opt_out
nothing until 2026-12-31
