# A second lapse goes up a step instead of noting it again.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-05 08:30
at 2026-03-09 10:00
A hears: promise 2026-03-13
A lapsed_promise sent at 2026-03-18 08:30
at 2026-03-19 09:00
A hears: promise 2026-03-27
nothing until 2026-04-01 08:29
A professional sent at 2026-04-01 08:30
