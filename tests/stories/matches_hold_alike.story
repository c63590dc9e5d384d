# However a message is tied, it holds; a dispute by reference or address alone is still a no.
at 2026-03-02 09:00
invoice A of a 100 due 2026-03-02
invoice B of b 100 due 2026-03-02
invoice C of c 100 due 2026-03-02
invoice D of d 100 due 2026-03-02
A hears by thread: dispute
B hears by index: dispute
C hears by reference: dispute
d any by address: dispute
state A held dispute
state D held dispute
nothing until 2026-12-31
