# A formal notice never goes without approval, however long the user is silent: silence is never a yes.
rule ladder formal_notice 3
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A formal_notice asked at 2026-03-05 08:30
next A formal_notice at 2026-03-05 08:30 approval
nothing until 2027-03-01
next A formal_notice at 2027-03-01 08:30 approval
