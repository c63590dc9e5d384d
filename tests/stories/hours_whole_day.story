# "00:00-24:00" is the whole day.
rule hours 00:00-24:00
rule days all
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-04
A friendly sent at 2026-03-07 00:00
