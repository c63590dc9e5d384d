# "Paid half, the rest on the 13th": without end over any date; after the user's word on the half, the rest is his promise.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears: paid, promise 2026-03-13
state A held paid
user paid A 500
nothing until 2026-04-13
owed A 500
state A held paid
