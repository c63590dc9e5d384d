# In draft mode a draft waits for the user; no other is laid for that case until it went.
rule mode draft
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly drafted at 2026-03-05 08:30
outcome A friendly draft
nothing until 2026-06-01 10:00
sent holds A friendly
A professional drafted at 2026-06-08 08:30
