# "I send it on Friday" holds, and is a question for the user where nothing but the address ties it to the invoice.
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A hears by address: promise 2026-03-13
state A held promise
nothing until 2026-12-31
