# A delay notice waits: the other mail system tries for some days.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-05 08:30
at 2026-03-10 09:00
A hears: bounce temporary
state A held bounce until 2026-03-15 23:59:59
A professional sent at 2026-03-16 08:30
