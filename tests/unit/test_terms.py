"""What a config says of deadlines, prices and ways in, as records are held against it."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from simcare.analysis.groups import BY_STAGE, BY_YEAR
from simcare.analysis.terms import BANDS, Price, Rule, Terms, Way
from simcare.engines.cohort import make_people
from simcare.engines.lowered_deadlines import due_table, least_written_as
from simcare.engines.lowering import lower
from simcare.kernels.draws import name_id
from simcare.kernels.tables import OWN_COLUMNS, SEVERITY, TICKS_PER_DAY
from simcare.model.calendar import Calendar
from simcare.model.deadlines import Within
from simcare.model.scenario import Plan, Scenario
from simcare.study import reading_of
from simcare.study.people import people_of
from simcare.study.window import day_ends, days_measured, month_edges, months_measured

DAY = TICKS_PER_DAY
POPULATION = {
    "motivation": {"number": {"fixed": 1}},
    "severity": {"number": {"uniform": {"low": 0, "high": 1}}},
    "age": {"number": {"uniform": {"low": 18, "high": 80}}},
    "region": {"shares": {"east": 0.5, "west": 0.5}},
}
OFFICE = {"days": "monday-friday"}
CASES = [
    {"when": {"severity": {"at_least": 0.7}, "region": "west"}, "days": 14},
    {"working_days": 10, "calendar": "office"},
]
SERVICE: dict[str, Any] = {
    "arrivals": {"west": {"per_day": 1}, "east": {"per_day": 2}, "closed": {"per_day": 0}},
    "ways_in": {
        "letter": {"stage": "desk", "share": 0.25},
        "call": {"stage": "desk", "share": 0.25},
        "gp": {"stage": "pause", "share": 0.5},
        "never": {"stage": "ward", "share": 0},
    },
    "calendars": {"office": OFFICE},
    "capacities": {"beds": {"beds": 3}},
    "stages": {
        "desk": {"stay_days": {"fixed": 1}, "next": {"completed": {"ward": 0.5, "pause": 0.5}}},
        "pause": {"stay_days": {"fixed": 1}, "next": {"completed": "ward"}},
        "ward": {"asks_for": "beds", "stay_days": {"fixed": 1}, "next": {"completed": "home"}},
        "home": {"stay_days": {"fixed": 1}, "next": {"completed": "return to ward"}},
    },
    "deadlines": {
        "bed": {"from": ["desk"], "to": ["ward"], "within": CASES, "not_counting": ["pause"]},
        "home": {"after": ["ward"], "to": ["home"], "within": {"days": 0}},
    },
}
PLAN = Plan.model_validate(
    {
        "seed": 1, "replications": 2, "start_date": "2017-01-15", "horizon_days": 120,
        "warm_up_days": 10, "deadline_days": 90, "smallest_difference_that_matters": 2,
    }
)  # fmt: skip


def scenario(**changed: Any) -> Scenario:
    """Return the service above with what is changed, and its people."""
    whole = {"service": {**SERVICE, **changed}, "population": {"attributes": POPULATION}}
    return Scenario.model_validate(whole)


def test_deadlines_are_read_with_their_rules() -> None:
    """Expected: by hand; stages are desk, pause, ward, home; age and region follow the state."""
    bed, home = reading_of(scenario(), PLAN).deadlines
    rule = Within(working_days=10, calendar="office")
    dues = due_table(rule, Calendar.model_validate(OFFICE), date(2017, 1, 15), 120)
    severe = (SEVERITY, least_written_as(0.7), np.inf)
    assert bed == Terms(
        name="bed",
        after=False,
        begins=(0,),
        keeps=(2,),
        leads=(0, 1, 2),
        not_counting=(1,),
        rules=(
            Rule((severe, (OWN_COLUMNS + 1, 1, 1.5)), ticks=14 * DAY),
            Rule((), dues=tuple(dues.tolist())),
        ),
    )
    assert (home.after, home.begins, home.keeps, home.leads) == (True, (2,), (3,), (0, 1, 2, 3))
    assert home.rules == (Rule((), ticks=0),)


def test_the_time_measured_in_days_and_months() -> None:
    """Expected: by hand: from 25 January to 15 May of 2017; February to April are whole months."""
    assert days_measured(PLAN) == range(10, 120)
    assert day_ends(PLAN)[0] == 11 * DAY
    assert day_ends(PLAN)[-1] == 120 * DAY
    february = 12 * 2017 + 1
    assert months_measured(PLAN) == range(february, february + 3)
    assert month_edges(PLAN) == tuple(DAY * day for day in (17, 45, 76, 106))


@pytest.mark.parametrize(
    ("start", "warm_up", "horizon", "months"),
    [
        ("2017-01-01", 0, 31, 1),
        ("2017-01-01", 0, 30.5, 0),
        ("2017-01-01", 0.5, 59, 1),
        ("2016-12-31", 1, 366, 12),
        ("9998-12-01", 0, 390, 12),
        ("2017-01-02", 3.25, 4.5, 0),
    ],
)
def test_only_whole_months_are_measured(
    start: str, warm_up: float, horizon: float, months: int
) -> None:
    """Expected: by the calendar."""
    changed = {"start_date": start, "warm_up_days": warm_up, "horizon_days": horizon}
    plan = Plan.model_validate({**PLAN.model_dump(), **changed})
    assert len(months_measured(plan)) == months
    assert len(month_edges(plan)) == (months + 1 if months else 0)


def test_without_deadlines_no_time_is_cut_up() -> None:
    """Hold that nothing is read of days and months where nobody asks for them."""
    reading = reading_of(scenario(deadlines={}), PLAN)
    assert (reading.deadlines, reading.day_ends, reading.month_edges) == ((), (), ())


def test_prices_are_those_of_the_stages() -> None:
    """Expected: as written, for each payer; places and years after the stages."""
    costs = [{"per_day": 9, "payer": "state"}, {"per_visit": 1, "payer": "client"}, {"per_day": 0}]
    stages = {**SERVICE["stages"], "ward": {**SERVICE["stages"]["ward"], "costs": costs}}
    training = {"training": {"per_year": 5}}
    reading = reading_of(scenario(stages=stages, costs=training, currency="SEK"), PLAN)
    number = list(stages).index("ward")
    assert reading.prices == (
        Price(BY_STAGE, "ward", number, "state", per_day=9),
        Price(BY_STAGE, "ward", number, "client", per_visit=1),
        Price(BY_YEAR, "training", per_year=5),
    )
    assert reading.currency == "SEK"
    assert reading_of(scenario(), PLAN).prices == ()


def test_ways_in_are_those_by_which_anybody_comes() -> None:
    """Expected: by hand: two ways lead to the desk; one has no share, one stream nobody in it."""
    assert reading_of(scenario(), PLAN).ways == (
        Way("west: letter or call", 0, 0),
        Way("west: gp", 0, 1),
        Way("east: letter or call", 1, 0),
        Way("east: gp", 1, 1),
    )
    alone = reading_of(scenario(arrivals={"people": {"per_day": 1}}), PLAN)
    assert [way.name for way in alone.ways] == ["letter or call", "gp"]


def test_people_are_those_of_the_replication() -> None:
    """Hold that streams and attributes are in the order of the clients of the visits."""
    program = lower(scenario(), PLAN.start_date, PLAN.horizon_days)
    found = people_of(program, reading_of(scenario(), PLAN), 1, 1)
    made = make_people(program, 1, 1)
    assert found is not None
    words = [name_id(name) for name in SERVICE["arrivals"]]
    expected = [words.index(int(id_) >> 32) for id_ in made.clients["id"].tolist()]
    assert found.streams.tolist() == expected
    assert {*expected} == {0, 1}
    assert found.attributes.tobytes() == made.traits.tobytes()


def test_people_are_made_only_where_they_are_asked_for() -> None:
    """Hold that one stream, deadlines by what records hold, and people who are alike need none."""
    deadline = {"from": ["desk"], "to": ["ward"]}
    rules = [{"when": {"severity": {"below": 0.5}, "episode": {"below": 2}}, "days": 1}]
    for within, needed in (([*rules, {"days": 2}], False), (CASES, True)):
        one = scenario(
            arrivals={"people": {"per_day": 1}}, deadlines={"bed": {**deadline, "within": within}}
        )
        program = lower(one, PLAN.start_date, PLAN.horizon_days)
        reading = reading_of(one, PLAN)
        alike = replace(reading, traits=())
        assert (people_of(program, alike, 1, 0) is not None) == needed
        assert people_of(program, reading, 1, 0) is not None


def test_people_are_grouped_by_what_they_may_differ_in() -> None:
    """Hold that a fixed number, one sure category, and an age make no groups; a stream may.

    Expected: by hand; the columns of the population follow the three of the state.
    """
    attributes = {
        "motivation": {"number": {"fixed": 1}},
        "severity": {"number": {"uniform": {"low": 0.2, "high": 0.8}}},
        "age": {"number": {"uniform": {"low": 18, "high": 80}}},
        "first_time": {"shares": {"yes": 1, "no": 0}},
        "region": {"shares": {"east": 0.5, "west": 0.5}},
    }
    for streams, more in (({}, ()), ({"set": {"first_time": "no"}}, ("first_time",))):
        people = {"per_day": 1, **streams}
        service = {**SERVICE, "arrivals": {"people": people}, "deadlines": {}}
        whole = {"service": service, "population": {"attributes": attributes}}
        found = {t.name: t for t in reading_of(Scenario.model_validate(whole), PLAN).traits}
        assert set(found) == {"severity", "region", *more}
        assert (found["severity"].column, found["severity"].groups) == (SEVERITY, BANDS)
        assert found["region"].groups == ("east", "west")
        assert found["region"].column == OWN_COLUMNS + 2
