# An approval given before its time is kept until the step falls due.
rule ladder formal_notice 3
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
user approves A formal_notice
A formal_notice sent at 2026-03-05 08:30
