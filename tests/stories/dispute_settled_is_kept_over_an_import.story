# The same file imported again must not bring back the sum that was contested.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears: dispute
user settles A 600
invoice A of morel 1000 due 2026-03-02
owed A 600
user paid A 200
owed A 400
invoice A of morel 1200 due 2026-03-02     # new figures are a new sum
owed A 1000
