# A promise that the user notes down holds and lapses as a written one does.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
user notes A 2026-03-13
state A promised promise until 2026-03-17 23:59:59
A lapsed_promise sent at 2026-03-18 08:30
