# Let go on before the promised day with no step left, a case still gets its note when the promise lapses.
rule ladder friendly 3
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-05 08:30
at 2026-03-06 10:00
A hears: promise 2026-03-13
user resumes A
state A waiting
next A lapsed_promise at 2026-03-16 08:30
A lapsed_promise sent at 2026-03-16 08:30
nothing until 2026-12-31
state A ended
