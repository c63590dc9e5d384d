# Not in the evening: what becomes due after hours waits for the morning; the last minute is still in.
rule hours 09:00-17:00
at 2026-03-10 16:59
invoice A of morel 1000 due 2026-02-02
A friendly sent at 2026-03-10 16:59
at 2026-03-10 17:00
invoice B of petit 1000 due 2026-02-02
B friendly sent at 2026-03-11 09:00
