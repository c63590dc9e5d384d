# An undated promise holds 7 days; then a question for the date, once; then the ladder.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-05 08:30
at 2026-03-09 10:00
A hears: promise
state A promised promise until 2026-03-16 23:59:59
A promise_question sent at 2026-03-17 08:30
A professional sent at 2026-03-24 08:30
