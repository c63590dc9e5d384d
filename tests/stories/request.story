# A request holds until it is answered, or the user says "go on": the ladder goes on from there.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-05 08:30
A hears: request
state A held request
nothing until 2026-04-01
user resumes A
A professional sent at 2026-04-01 08:30
