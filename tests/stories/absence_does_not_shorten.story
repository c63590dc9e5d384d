# A machine's note never lifts or shortens what a person said.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears: dispute
A hears: auto_reply until 2026-03-03
state A held dispute
nothing until 2026-12-31
