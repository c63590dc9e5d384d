# While one invoice waits for the user's word, the customer's other invoice goes its way, and the plan says the same.
rule ladder friendly 3, formal_notice 10
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-02-02
A friendly sent at 2026-03-02 09:00
A formal_notice asked at 2026-03-09 08:30
at 2026-03-10 09:00
invoice B of morel 500 due 2026-03-02
plan B friendly 2026-03-10, formal_notice 2026-03-24
B friendly sent at 2026-03-10 09:00
