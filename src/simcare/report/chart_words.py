"""Words that charts share, under the keys of the glossary where it has them."""

STILL_WAITING = "still wait"
RELAPSE = "relapsed"
BETTER = "better"
WORSE = "worse"
NO_DIFFERENCE = "no difference"
AT_RISK = "Still followed"
RANGE_CHANCE = "Bands: 95 % range from chance in the simulation."
RANGE_YEARS = "Bands: 9 of 10 simulated runs lie within."
NO_RANGE = "One repetition: no range can be given."
NOTHING = "No data: there is nobody to show."
IN_THE_TABLE = "The table has all numbers."

# How outcomes are named to readers: the outcome's own name, what to say, of whom.
OUTCOMES = (
    ("started treatment by the deadline", "start treatment within {days} days", "who asked"),
    ("started treatment within a year", "start treatment within a year", "who asked"),
    ("gave up before treatment within a year", "give up before treatment", "who asked"),
    ("died before treatment within a year", "die before treatment", "who asked"),
    ("completed treatment", "complete treatment", "admitted"),
    ("dropped out of treatment", "drop out of treatment", "admitted"),
    ("relapsed within 91 days of discharge", "relapse within 3 months", "discharged"),
    ("relapsed within 365 days of discharge", "relapse within a year", "discharged"),
    (
        "relapsed within 365 days of completing",
        "relapse within a year of completing",
        "who completed",
    ),
)
CLOCKS = (
    ("from asking to first help", "from asking to first help"),
    ("from asking to treatment", "from asking to treatment"),
    ("from asking to the bed", "from asking to a bed"),
)
