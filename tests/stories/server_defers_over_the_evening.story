# A retry keeps to the hours too, and a reply in between stops it.
at 2026-03-05 17:50
invoice A of morel 1000 due 2026-03-02
invoice B of petit 1000 due 2026-03-02
server defers defers
A friendly deferred at 2026-03-05 17:50
B friendly deferred at 2026-03-05 17:50
at 2026-03-05 18:00
A hears: dispute
B friendly sent at 2026-03-06 08:30
nothing until 2026-03-12 08:29
