# A note without a date stops nothing.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
user notes A
A friendly sent at 2026-03-05 08:30
