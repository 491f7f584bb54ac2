"""Due ticks as the engine keeps them while it plays, and as they are read off the records."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from simcare.analysis.deadlines import running
from simcare.analysis.records import NOT_YET, Records
from simcare.engines.cohort import make_people
from simcare.engines.lowering import lower
from simcare.engines.reference import play
from simcare.kernels.tables import NEVER
from simcare.model.scenario import Plan, Scenario
from simcare.study import reading_of
from simcare.study.people import people_of

PLAN = Plan.model_validate(
    {
        "seed": 5, "replications": 1, "start_date": "2017-01-02", "horizon_days": 250,
        "warm_up_days": 0, "deadline_days": 90, "smallest_difference_that_matters": 2,
    }
)  # fmt: skip
POPULATION = {
    "motivation": {"number": {"uniform": {"low": 0, "high": 1}}},
    "severity": {"number": {"uniform": {"low": 0, "high": 1}}},
    "region": {"shares": {"east": 0.4, "west": 0.6}},
}
WITHIN = [
    {"when": {"severity": {"at_least": 0.7}}, "days": 7},
    {"when": {"region": "west", "episode": {"below": 2}}, "working_days": 6, "calendar": "office"},
    {"when": {"motivation": {"below": 0.3}}, "days": 30.5},
    {"days": 20},
]
SERVICE: dict[str, Any] = {
    "arrivals": {"people": {"per_day": 2}},
    "ways_in": {"door": {"stage": "desk", "share": 1}},
    "calendars": {
        "office": {"days": "monday-friday", "closed": [{"from": "03-01", "to": "03-20"}]}
    },
    "capacities": {
        "beds": {"beds": 14, "order": {"deadline": "bed"}},
        "places": {"beds": 12, "order": {"deadline": "onward"}},
    },
    "conditions": {
        "at_home": {
            "severity": {"half_life_days": 40, "towards": 1},
            "motivation": {"half_life_days": 20, "towards": 0.1},
            "leave": {"after_days": {"exponential": {"mean": 30}}},
        },
    },
    "stages": {
        "desk": {
            "stay_days": {"exponential": {"mean": 3}},
            "while_there": "at_home",
            "next": {"completed": {"ward": 0.6, "pause": 0.4}, "left": {"return": 0.5, "out": 0.5}},
        },
        "pause": {"stay_days": {"exponential": {"mean": 6}}, "next": {"completed": "ward"}},
        "ward": {
            "asks_for": "beds",
            "hold": True,
            "stay_days": {"exponential": {"mean": 5}},
            "while_waiting": "at_home",
            "next": {"completed": {"house": 0.7, "out": 0.3}, "left": {"desk": 0.3, "return": 0.7}},
        },
        "house": {
            "asks_for": "places",
            "stay_days": {"exponential": {"mean": 6}},
            "next": {"completed": {"return": 0.6, "out": 0.4}},
        },
    },
    "deadlines": {
        "bed": {"from": ["desk"], "to": ["ward"], "within": WITHIN, "not_counting": ["pause"]},
        "onward": {"after": ["ward"], "to": ["house"], "within": WITHIN},
    },
}


@pytest.mark.parametrize("number", [0, 1])
def test_what_is_due_is_due_for_engine_and_records_alike(number: int) -> None:
    """Hold that every due tick that an engine ends with is the one that the records give.

    An engine knows that of a client's last episode. Where a deadline was breached, visits that do
    not count put it off no more in the records, so those are left out.
    """
    whole = {"service": SERVICE, "population": {"attributes": POPULATION}}
    scenario = Scenario.model_validate(whole)
    program = lower(scenario, date(2017, 1, 2), PLAN.horizon_days)
    reading = reading_of(scenario, PLAN)
    people = make_people(program, 5, number)
    visits = play(program, people)
    records = Records(visits, reading, people_of(program, reading, 5, number))
    compared = 0
    for d, terms in enumerate(reading.deadlines):
        found = running(records, terms)
        begun = people.due[:, d] != NEVER
        assert len(found.due) > 200
        last = _of_the_last_episode(records, found.rows)
        theirs = people.due[records.columns["client"][found.rows[last]], d]
        ours = found.due[last]
        same = ~found.is_breached[last] & (ours != NOT_YET)
        assert (theirs[same] == ours[same]).all()
        compared += int(same.sum())
        assert begun.sum() == last.sum()
    assert compared > 300


def _of_the_last_episode(records: Records, rows: np.ndarray) -> np.ndarray:
    """Return which of some rows are of their client's last episode."""
    client, episode = records.client_of, records.columns["episode"].astype(np.int64)
    most = np.zeros(len(records.first), np.int64)
    np.maximum.at(most, client, episode)
    return np.asarray(episode[rows] == most[client[rows]])
