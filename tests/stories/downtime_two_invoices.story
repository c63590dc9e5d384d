# After a downtime a customer with two overdue invoices gets one mail, not two.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
invoice B of morel 1000 due 2026-03-03
down until 2026-06-01 10:00
A friendly sent at 2026-06-01 10:00
A professional sent at 2026-06-08 08:30
B friendly sent at 2026-06-15 08:30     # A's formal step waits its 14 days
