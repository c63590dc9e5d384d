# A promise that is kept ends in silence.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears: promise 2026-03-13
at 2026-03-13 15:00
user paid A
state A paid
nothing until 2026-12-31
