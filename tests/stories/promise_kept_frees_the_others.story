# A promise about one invoice holds the other only until that one is paid.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
invoice B of morel 500 due 2026-03-02
A hears: promise 2026-04-30
state B promised
at 2026-03-20 15:00
user paid A
state B waiting
B friendly sent at 2026-03-20 15:00
