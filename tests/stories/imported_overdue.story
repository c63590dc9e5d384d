# An invoice imported long overdue begins at the first step.
at 2026-03-02 09:00
invoice A of morel 1000 due 2025-06-02
A friendly sent at 2026-03-02 09:00
A professional sent at 2026-03-09 08:30
A formal sent at 2026-03-23 08:30
