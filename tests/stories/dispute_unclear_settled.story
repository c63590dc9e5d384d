# The user who settles a dispute has read the message: that it was unclear holds no longer either; a second message does.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears: dispute, needs_review
state A held dispute
user settles A
state A waiting
A hears: needs_review
A hears: dispute
user settles A
state A held needs_review
nothing until 2026-12-31
