# A lost journal begins anew; a copy in Sent proves the step, so it does not go twice, and the week counts from it.
at 2026-03-10 09:00
invoice A of morel 1000 due 2026-03-02 unread
sent holds A friendly
looked back A
outcome A friendly accepted
A professional sent at 2026-03-17 08:30
