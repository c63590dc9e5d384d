# The user's word about the contested invoice is about that one: a stop request or hardship holds the others still.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
invoice B of morel 500 due 2026-03-02
A hears: opt_out
user resumes A despite opt_out
A friendly sent at 2026-03-05 08:30
state B held opt_out
A professional sent at 2026-03-12 08:30
