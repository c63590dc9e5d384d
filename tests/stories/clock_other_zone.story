# Hours and days are the configured zone's, across its own change of clocks.
rule zone America/New_York
at 2026-03-02 09:00
invoice A of morel 1000 due 2026-03-06     # +3 is Monday the 9th, the day after clocks went forward there
A friendly sent at 2026-03-09 08:30
