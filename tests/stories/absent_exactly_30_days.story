# A return in exactly 30 days is believed to the day, + 1 business day.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears: auto_reply until 2026-04-01
A friendly sent at 2026-04-02 08:30
