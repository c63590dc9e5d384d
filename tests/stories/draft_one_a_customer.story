# Drafts keep moderation: two invoices of one customer are not laid into Drafts together.
rule mode draft
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
invoice B of morel 1000 due 2026-03-02
A friendly drafted at 2026-03-05 08:30
nothing until 2026-03-12 08:29
B friendly drafted at 2026-03-12 08:30
