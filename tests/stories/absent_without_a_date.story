# An absence note without a date, or a ticket, holds nothing.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears: auto_reply
state A waiting
A friendly sent at 2026-03-05 08:30
