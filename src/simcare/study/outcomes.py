"""Which outcomes a scenario has, before anything is played."""

import re

import numpy as np

from simcare.analysis.follow_up import FEWEST
from simcare.analysis.outcomes import FIRST_DAYS, YEAR, Outcome
from simcare.analysis.records import People
from simcare.kernels.tables import OWN_COLUMNS, VISIT
from simcare.model.scenario import Plan, Scenario
from simcare.study.playing import tell
from simcare.study.reading import reading_of

_IN_DAYS = re.compile(r"within (\d+) days")


def outcomes_of(scenario: Scenario, plan: Plan) -> tuple[Outcome, ...]:
    """Return the outcomes that a replication of a scenario tells, in their order.

    They are those that are told of nobody: which there are hangs on the service alone.
    """
    columns = OWN_COLUMNS + len(scenario.population.attributes)
    nobody = People(np.zeros(0, np.int64), np.zeros((0, columns)), np.zeros(0, np.uint64))
    return tuple(tell(reading_of(scenario, plan), np.zeros(0, VISIT), nobody).outcomes)


def is_beyond(name: str, plan: Plan) -> float:
    """Return for how many days people must be followed for an outcome, if no run by a plan can.

    Those who come evenly over the time measured are, if it is longer than that by one in ten. 0 for
    an outcome that does not tell of a day, or of one that people are followed to.
    """
    days = 0.0
    if "by the deadline" in name or "at the deadline" in name:
        days = plan.deadline_days
    elif "a year" in name:
        days = YEAR
    elif name.endswith(f"of the first {FIRST_DAYS:g}"):
        days = FIRST_DAYS
    elif found := _IN_DAYS.search(name):
        days = float(found[1])
    return days if days > (1 - FEWEST) * (plan.horizon_days - plan.warm_up_days) else 0.0
