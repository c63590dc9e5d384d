# "Go on" about a message that was no no lets all invoices of the customer go on.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
invoice B of morel 500 due 2026-03-03
A hears: request
user resumes A
state B waiting
A friendly sent at 2026-03-05 08:30
A professional sent at 2026-03-12 08:30
B friendly sent at 2026-03-19 08:30
