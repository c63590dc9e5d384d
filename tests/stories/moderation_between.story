# min_days_between is a floor even under a shorter gap of the step.
rule between 10
rule ladder friendly 3, professional 10 gap 2
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-02
A friendly sent at 2026-03-05 08:30
A professional sent at 2026-03-16 08:30   # ten days later is Sunday the 15th
