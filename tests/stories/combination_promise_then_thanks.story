# "Thanks" after a promise does not shorten it.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears: promise 2026-03-27
at 2026-03-03 09:00
A hears: other
state A held promise until 2026-03-31 23:59:59
nothing until 2026-04-01 08:29
A lapsed_promise sent at 2026-04-01 08:30
