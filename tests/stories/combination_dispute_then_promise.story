# A promise after a dispute adds to it and never lifts it.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears: dispute
at 2026-03-03 09:00
A hears: promise 2026-03-13
at 2026-03-04 09:00
A hears: other
state A held dispute
nothing until 2026-12-31
