# Left, or nobody reads this mailbox: held without end, and the user is asked.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears: auto_reply unattended
state A held auto_reply
nothing until 2026-12-31
