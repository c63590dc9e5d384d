# A stop request holds for good, on every invoice, also on one that comes later.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears: opt_out
at 2026-04-01 09:00
invoice B of morel 500 due 2026-04-01
state B held opt_out
nothing until 2028-01-01
