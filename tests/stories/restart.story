# A restart in the middle changes nothing.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-05 08:30
A hears: promise 2026-03-13
restart
state A promised promise until 2026-03-17 23:59:59
down until 2026-03-18 10:00
A lapsed_promise sent at 2026-03-18 10:00
restart
nothing until 2026-03-25 08:29
A professional sent at 2026-03-25 08:30
