# A bounce and an absence about one customer do not touch another.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
invoice B of petit 1000 due 2026-03-02
A hears: bounce permanent
A hears: auto_reply unattended
B friendly sent at 2026-03-05 08:30
