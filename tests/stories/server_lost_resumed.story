# An unknown outcome that the user lets go on is not repeated either: the next step comes.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
server lost
A friendly lost at 2026-03-05 08:30
nothing until 2026-03-20 10:00
user resumes A
A professional sent at 2026-03-20 10:00
