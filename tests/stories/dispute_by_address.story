# A dispute that names no invoice stops all; settling one lets that one go, as nobody knows which was meant.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
invoice B of morel 500 due 2026-03-02
morel any by address: dispute
nothing until 2026-03-23
user settles A
state A waiting
state B held dispute
A friendly sent at 2026-03-23 08:30
nothing until 2026-03-27
