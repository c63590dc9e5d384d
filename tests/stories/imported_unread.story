# Nothing goes out about an invoice before the mailbox was read back to its issue date.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-02-02 unread
nothing until 2026-03-10 10:00
looked back A
A friendly sent at 2026-03-10 10:00
