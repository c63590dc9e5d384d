# A mail that was deferred and then taken counts once, from the day on which it was taken.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
server defers_early defers accepts
A friendly deferred at 2026-03-05 08:30
A friendly deferred at 2026-03-05 08:45
outcome A friendly prepared
A friendly sent at 2026-03-05 09:45
outcome A friendly accepted
A professional sent at 2026-03-12 08:30
