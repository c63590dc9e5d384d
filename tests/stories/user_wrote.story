# The user wrote in the conversation himself: he has taken over for 7 days.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
invoice B of morel 1000 due 2026-03-02
at 2026-03-04 11:00
user writes A
state A held user_wrote until 2026-03-11 23:59:59
state B held user_wrote
A friendly sent at 2026-03-12 08:30
