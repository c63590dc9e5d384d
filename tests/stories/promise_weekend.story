# A Saturday's promise has its two business days after the week-end.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears: promise 2026-03-14
state A promised promise until 2026-03-17 23:59:59
A lapsed_promise sent at 2026-03-18 08:30
