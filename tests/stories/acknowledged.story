# "I will look into it" gets 5 business days; the ladder goes on with the step that is next.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-05 08:30
at 2026-03-06 16:00
A hears: acknowledged
state A held acknowledged until 2026-03-13 23:59:59
A professional sent at 2026-03-16 08:30
