# Hardship holds without end; only the user's word about it lets the case go on.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-05 08:30
at 2026-03-06 10:00
A hears: hardship
state A held hardship
nothing until 2026-06-01
user resumes A
state A held hardship
user resumes A despite dispute
state A held hardship
user resumes A despite hardship
A professional sent at 2026-06-01 08:30
