# Absent until D: nothing before D + 1 business day, and it counts as no reply.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears: auto_reply until 2026-03-20
nothing until 2026-03-23 08:29      # back on Friday the 20th
A friendly sent at 2026-03-23 08:30
