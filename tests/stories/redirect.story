# Another person is to be written to: held until the user approves the contact and lets the case go on.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears: redirect
state A held redirect
nothing until 2026-04-01
user resumes A
A friendly sent at 2026-04-01 08:30
