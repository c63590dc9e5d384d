# An absence of half a year stops for D at most 30 days away, + 1 business day.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears: auto_reply until 2026-09-01
nothing until 2026-04-02 08:29      # 30 days away is April 1st
A friendly sent at 2026-04-02 08:30
