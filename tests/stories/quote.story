# Quotes are not followed up yet: nothing goes out, and a reply holds the customer all the same.
at 2026-03-02 09:00
invoice Q of morel 1000 due 2026-03-02 quote
invoice A of morel 1000 due 2026-03-02
nothing until 2026-03-03
Q hears: dispute
state A held dispute
nothing until 2026-12-31
