# Formal comes at least 14 days after the one before, even where the days after the due date are long over.
at 2026-03-30 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-30 09:00
A professional sent at 2026-04-06 08:30
nothing until 2026-04-20 08:29
A formal sent at 2026-04-20 08:30
A formal_notice asked at 2026-05-04 08:30
