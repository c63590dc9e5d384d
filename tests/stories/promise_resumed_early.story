# Let go on before the promised day, a case gets its step; a note would say that a promise lapsed that has not.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-05 08:30
at 2026-03-09 10:00
A hears: promise 2026-04-30
at 2026-03-16 10:00
user resumes A
A professional sent at 2026-03-16 10:00
