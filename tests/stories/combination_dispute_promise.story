# Dispute and promise in one message: without end wins over any date, and a settled dispute leaves the promise standing.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears: dispute, promise 2026-03-13
state A held dispute
user settles A
state A promised promise until 2026-03-17 23:59:59
A lapsed_promise sent at 2026-03-18 08:30
