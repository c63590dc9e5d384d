# Drafts count towards max_per_day like mails that go by themselves.
rule mode draft
rule per_day 1
at 2026-03-02 09:00
invoice A of a 100 due 2026-03-03
invoice B of b 100 due 2026-03-03
A friendly drafted at 2026-03-06 08:30
B friendly drafted at 2026-03-09 08:30
