# Recaps (an option) thank for a dated promise while it holds, never over another hold, and do not stand in the note's way.
rule recap
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-05 08:30
at 2026-03-09 10:00
A hears: promise 2026-03-27
next A recap at 2026-03-12 08:30      # a week after the reminder
A recap sent at 2026-03-12 08:30
state A promised
nothing until 2026-04-01 08:29
A lapsed_promise sent at 2026-04-01 08:30
