# A crash after 354 is unknown at the next start: held, asked, never repeated.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
invoice B of morel 1000 due 2026-03-02
server dies
A friendly lost at 2026-03-05 08:30
down until 2026-03-05 08:40
outcome A friendly unknown
state A held needs_review
state B held needs_review
nothing until 2026-12-31
