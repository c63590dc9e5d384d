# Two noes: naming one of them does not lift the other.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears: dispute
A hears: hardship
user settles A
state A held hardship
user resumes A despite dispute
state A held hardship
nothing until 2026-12-31
