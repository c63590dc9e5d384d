# A dated promise holds to the date + 2 business days; then one gentle note, then the ladder.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-05 08:30
at 2026-03-09 10:00
A hears: promise 2026-03-13
state A promised promise until 2026-03-17 23:59:59
next A lapsed_promise at 2026-03-18 08:30
nothing until 2026-03-18 08:29
A lapsed_promise sent at 2026-03-18 08:30
A professional sent at 2026-03-25 08:30
