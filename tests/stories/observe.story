# In observe mode nothing goes out; it shows what would.
rule mode observe
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
next A friendly at 2026-03-05 08:30
nothing until 2026-06-01 10:00
next A friendly at 2026-06-01 10:00
