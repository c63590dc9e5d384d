# A 4xx after the content comes back after 15 min, 1 h, 4 h, 24 h; then it is refused, and the user is asked.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
server defers defers defers defers defers
A friendly deferred at 2026-03-05 08:30
A friendly deferred at 2026-03-05 08:45
A friendly deferred at 2026-03-05 09:45
A friendly deferred at 2026-03-05 13:45
A friendly deferred at 2026-03-06 13:45
outcome A friendly refused
state A held bounce
nothing until 2026-12-31
