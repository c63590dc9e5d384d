# A promise beside a dispute is not recapped; and no recap goes on or after the promised day.
rule recap
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
invoice B of petit 1000 due 2026-03-02
A hears: promise 2026-03-27, dispute
B friendly sent at 2026-03-05 08:30
at 2026-03-06 09:00
B hears: promise 2026-03-12
B lapsed_promise sent at 2026-03-17 08:30
nothing until 2026-03-20
