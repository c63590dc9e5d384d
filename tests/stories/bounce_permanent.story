# A permanent bounce holds without end; with the address mended, the user lets it go on.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-05 08:30
A hears: bounce permanent
state A held bounce
nothing until 2026-04-01
user resumes A
A professional sent at 2026-04-01 08:30
