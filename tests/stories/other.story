# Another subject, surely read: 7 days, then the step that is next.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-05 08:30
at 2026-03-10 09:00
A hears: other
state A held other until 2026-03-17 23:59:59
A professional sent at 2026-03-18 08:30
