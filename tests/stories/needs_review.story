# What is not surely read holds without end, until the user's answer.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears: promise 2026-03-13, needs_review
state A held needs_review
nothing until 2026-12-31
