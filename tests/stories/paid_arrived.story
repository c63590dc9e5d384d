# "Paid", and it arrived: the case closes, and nobody is held by it any more.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
invoice B of morel 500 due 2026-03-10
A hears: paid
state A held paid
state B held paid
nothing until 2026-03-20 10:00
user paid A
state A paid
state B waiting
B friendly sent at 2026-03-20 10:00
