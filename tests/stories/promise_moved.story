# A later message moves the promise; the note waits for the later day and goes once.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears: promise 2026-03-13
at 2026-03-12 09:00
A hears: promise 2026-03-20
nothing until 2026-03-25 08:29
A lapsed_promise sent at 2026-03-25 08:30
