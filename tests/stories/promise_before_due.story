# A promise for a day before the due date is not late before the invoice is.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-20
A hears: promise 2026-03-06
state A promised promise until 2026-03-10 23:59:59
nothing until 2026-03-23 08:29
A lapsed_promise sent at 2026-03-23 08:30
