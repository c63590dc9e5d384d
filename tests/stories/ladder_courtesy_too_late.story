# A word before the due date makes no sense after it: an invoice that comes late begins with the friendly step.
rule ladder courtesy -3, friendly 3
at 2026-03-10 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-10 09:00
nothing until 2026-05-01
