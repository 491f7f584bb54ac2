"""How many places there are from when on, by hand: calendars, closings, dates, staff, lists."""

from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from simcare.engines import staffing
from simcare.engines.cohort import key_of
from simcare.engines.lowering import lower
from simcare.engines.program import Program
from simcare.engines.staffing import changes_of
from simcare.engines.timetables import Steps, Timetable, dealt, over_time
from simcare.kernels.tables import TICKS_PER_DAY
from simcare.model.scenario import Scenario
from simcare.model.values import billionths, half_up

START = date(2018, 1, 1)  # a Monday
KEY = key_of(1, 0)
Told = dict[int, list[tuple[Fraction | float, int]]]


def program(capacity: dict[str, Any], days: float = 365, start: date = START) -> Program:
    """Return a service of one capacity lowered, with calendars and homes north and south."""
    service = {
        "arrivals": {"all": {"per_day": 1}},
        "ways_in": {"door": {"stage": "ward", "share": 1}},
        "calendars": {
            "office": {"days": "monday-friday", "hours": "08:00-16:00"},
            "early": {"hours": "00:00-06:00"},
        },
        "capacities": {"ward": capacity},
        "stages": {
            "ward": {
                "asks_for": "ward",
                "stay_days": {"fixed": 1},
                "next": {"completed": "out"},
            }
        },
    }
    attributes = {
        "motivation": {"number": {"fixed": 1}},
        "severity": {"number": {"fixed": 0}},
        "home": {"shares": {"north": 0.5, "south": 0.5}},
    }
    whole = {"service": service, "population": {"attributes": attributes}}
    return lower(Scenario.model_validate(whole), start, days)


def told(made: Program) -> Told:
    """Return for each place its numbers, with the days from which on."""
    found: Told = {k: [(0.0, place.number)] for k, place in enumerate(made.places)}
    for tick, place, number, _ in changes_of(made, KEY).tolist():
        found[place].append((Fraction(tick, TICKS_PER_DAY), number))
    return found


def test_opening_hours() -> None:
    """Hold that the number is there from opening to closing, and none at night or at weekends."""
    made = program({"slots": 3, "open": "office"}, days=8)
    eight, four = Fraction(8, 24), Fraction(16, 24)
    expected: list[tuple[Fraction | float, int]] = [(0, 0)]
    for day in (0, 1, 2, 3, 4, 7):  # Monday to Friday, and Monday
        expected += [(day + eight, 3), (day + four, 0)]
    assert told(made) == {0: expected}


def test_a_run_that_begins_inside_opening_hours() -> None:
    """Hold that a place that is open at midnight has its number from the beginning."""
    made = program({"slots": 2, "open": "early"}, days=1.2)
    assert told(made) == {0: [(0.0, 2), (0.25, 0), (1.0, 2)]}


def test_a_change_and_an_opening_of_one_tick_are_one() -> None:
    """Hold that what meets at one tick is one row, and what changes nothing is none.

    The number becomes 5 at night, when nothing is open; 5 again at the end of day 1; and 7 in the
    second in which day 2 opens.
    """
    changes = [
        {"day": 0.9, "number": 5},
        {"day": 1.9, "number": 5},
        {"day": 2 + 8 / 24, "number": 7},
    ]
    made = program({"slots": 3, "open": "office", "changes": changes}, days=3)
    eight, four = Fraction(8, 24), Fraction(16, 24)
    assert told(made)[0] == [
        (0, 0), (eight, 3), (four, 0), (1 + eight, 5), (1 + four, 0), (2 + eight, 7), (2 + four, 0),
    ]  # fmt: skip
    keys = list(zip(made.changes["tick"].tolist(), made.changes["place"].tolist(), strict=True))
    assert keys == sorted(set(keys))


def test_closings_each_year_and_once() -> None:
    """Hold that a closed share is missing from the first day to the end of the last, in each year.

    2018: the 1st of July is day 181, the 1st of August day 212; a year later 365 days after. The
    second closing is in 2019 alone: the 1st of March is day 424. Half of 5 rounds up: 3 are closed.
    """
    closings = [
        {"from": "07-01", "to": "07-31", "closed_share": 0.5},
        {"from": "2019-03-01", "to": "2019-03-01", "closed_share": 1},
    ]
    made = program({"beds": 5, "closings": closings}, days=730)
    assert told(made) == {
        0: [(0, 5), (181, 2), (212, 5), (424, 0), (425, 5), (365 + 181, 2), (365 + 212, 5)]
    }


def test_a_closing_over_the_new_year() -> None:
    """Hold that a run that begins within a closing begins with what is left of the places."""
    closings = [{"from": "12-20", "to": "01-05", "closed_share": 0.25}]
    made = program({"beds": 12, "closings": closings})
    assert told(made) == {0: [(0, 9), (5, 12), (353, 9)]}


def test_a_closed_share_is_rounded_over_the_units_together() -> None:
    """Hold that the units close the share of all of them, each about its own.

    By hand: 22 beds in each of six units; a quarter of 22, 44, 66, 88, 110, 132 is 5.5, 11, 16.5,
    22, 27.5, 33, rounded half up 6, 11, 17, 22, 28, 33: so 6, 5, 6, 5, 6, 5 are closed, 33 in all.
    """
    closings = [{"from": "07-01", "to": "07-31", "closed_share": 0.25}]
    made = program({"beds": 132, "units": 6, "closings": closings})
    left = [numbers[1][1] for numbers in told(made).values()]
    assert left == [16, 17, 16, 17, 16, 17]
    assert sum(left) == 99


def test_a_closing_takes_its_share_of_what_is_there_then() -> None:
    """Hold that a closing and a change meet: half of 10, then half of 13, then all 13."""
    closings = [{"from": "07-01", "to": "07-31", "closed_share": 0.5}]
    changes = [{"date": "2018-07-11", "number": 13}]
    made = program({"beds": 10, "closings": closings, "changes": changes})
    assert told(made) == {0: [(0, 10), (181, 5), (191, 6), (212, 13)]}


def test_changes_on_dates() -> None:
    """Hold that a date is a day of the run, and that one before the start holds from the start."""
    changes = [
        {"date": "2016-01-01", "number": 3},
        {"date": "2017-12-31", "number": 4},
        {"date": "2018-01-11", "number": 5},
    ]
    made = program({"beds": 2, "changes": changes})
    assert told(made) == {0: [(0, 4), (10, 5)]}


@pytest.mark.parametrize(
    ("share", "number", "closed"),
    [(0.25, 2, 1), (0.25, 1, 0), (0.29, 50, 15), (0.07, 50, 4), (1.0, 7, 7), (0.0, 7, 0)],
)
def test_halves_are_rounded_up(share: float, number: int, closed: int) -> None:
    """Hold that a share is that of its decimals: 0.29 of 50 is 14.5, and rounds to 15."""
    assert half_up(billionths(share), number) == closed
    exact = Fraction(str(share)) * number + Fraction(1, 2)
    assert closed == exact.numerator // exact.denominator


def test_dealing_out() -> None:
    """Hold that numbers are dealt out over units, the first ones getting one more."""
    assert dealt(np.array([7, 2, 0]), 3).tolist() == [[3, 2, 2], [1, 1, 0], [0, 0, 0]]


BY_HOME = {"by": "home", "beds": {"north": 5, "south": 3}, "units": {"north": 2, "south": 1}}


@pytest.mark.parametrize(
    ("lists", "places"),
    [
        ("own", [("north", 3), ("north", 2), ("south", 3)]),
        ("by_category", [("north", 5), ("south", 3)]),
        ("one", [("", 8)]),
    ],
)
def test_who_shares_a_list(lists: str, places: list[tuple[str, int]]) -> None:
    """Hold that units, categories or everybody have a list, and the places are as many as ever."""
    made = program({**BY_HOME, "lists": lists})
    assert [(place.category, place.number) for place in made.places] == places
    assert [place.by for place in made.places] == ["home" if c else "" for c, _ in places]
    whole = made.tables.capacities[0]
    assert (whole["number"], whole["units"]) == (8, len(places))
    assert (whole["column"] >= 0) == (lists != "one")


def test_a_shared_list_has_what_its_parts_have() -> None:
    """Hold that what is closed and changed by category adds up in the one list of all.

    By hand: half of 5 is closed as 3, half of 3 as 2: 3 of 8 are left. After the change 7 and 3.
    """
    parts = {
        **BY_HOME,
        "closings": [{"from": "02-01", "to": "02-28", "closed_share": 0.5}],
        "changes": [{"day": 100, "number": {"north": 7, "south": 3}}],
    }
    assert told(program({**parts, "lists": "one"})) == {0: [(0, 8), (31, 3), (59, 8), (100, 10)]}
    by_category = told(program({**parts, "lists": "by_category"}))
    assert by_category == {0: [(0, 5), (31, 2), (59, 5), (100, 7)], 1: [(0, 3), (31, 1), (59, 3)]}


# --- staff -------------------------------------------------------------------------------------

TEAM: dict[str, Any] = {"members": 10, "caseload": 12}


def ill(**more: Any) -> dict[str, Any]:
    """Return a staff whose members are ill now and then."""
    return {**TEAM, "sick_leave": {"share": 0.3, "mean_days": 10}, **more}


def test_a_staff_without_sick_leave() -> None:
    """Hold that places are members with a post times caseload: a quarter of 10 vacant is 3, of 12
    too, and half of the places there then are closed in February.
    """
    staff = {**TEAM, "vacant_share": 0.25}
    made = program(
        {
            "staff": staff,
            "units": 2,
            "closings": [{"from": "02-01", "to": "02-28", "closed_share": 0.5}],
            "changes": [{"day": 100, "number": 12}],
        }
    )
    assert made.drawn == ()
    assert told(made) == {
        0: [(0, 48), (31, 24), (59, 48), (100, 60)],
        1: [(0, 36), (31, 18), (59, 36), (100, 48)],
    }


def test_members_who_come_and_go() -> None:
    """Hold that places follow the members present, each in its own unit, by hand.

    Four members over two units (0 and 2, 1 and 3), the fourth from tick 50 on. Member 0 is away
    from 0 to 30, member 1 from 40 to 60, member 3 from 20 to 70: that counts from 50 on.
    """
    always = Steps(np.array([0]), np.array([1]))
    nothing = Steps(np.array([0]), np.array([0]))
    counted = Steps(np.array([0, 50]), np.array([3, 4]))
    table = Timetable(0, 2, False, counted, nothing, always, caseload=10)
    turns = [np.array(known, np.int64) for known in ([0, 30], [40, 60], [], [20, 70])]
    ticks, numbers = over_time(table, turns)
    found = dict(zip(ticks.tolist(), numbers.tolist(), strict=True))
    assert found[0] == [10, 10]
    assert found[20] == [10, 10]
    assert found[30] == [20, 10]
    assert found[40] == [20, 0]
    assert found[50] == [20, 0]
    assert found[60] == [20, 10]
    assert found[70] == [20, 20]


def present(made: Program, replication: int = 0) -> list[list[int]]:
    """Return when each member goes and comes back, in one replication."""
    (table,) = made.drawn
    key = key_of(7, replication)
    return [one.tolist() for one in staffing.absences(table, key, made.horizon)]


def test_a_member_more_moves_nobody() -> None:
    """Hold that members keep their sick leave when there are more, fewer units, or one list."""
    ten = present(program({"staff": ill()}))
    assert len(ten) == 10
    assert present(program({"staff": ill(members=14), "units": 3}))[:10] == ten
    assert present(program({"staff": ill(members=14), "lists": "one", "units": 3}))[:10] == ten
    assert present(program({"staff": ill()}), 1) != ten
    assert len({tuple(one) for one in ten}) == 10


def test_a_capacity_with_staff_says_its_changes_by_replication() -> None:
    """Hold that changes are drawn for each replication, by tick and place, once for each."""
    made = program({"staff": ill(), "open": "office", "units": 2}, days=60)
    one, two = (changes_of(made, key_of(7, replication)) for replication in (0, 1))
    assert one.tobytes() == changes_of(made, key_of(7, 0)).tobytes()
    assert one.tobytes() != two.tobytes()
    for rows in (one, two):
        keys = list(zip(rows["tick"].tolist(), rows["place"].tolist(), strict=True))
        assert keys == sorted(set(keys))
        assert set(rows["number"].tolist()) <= {12 * members for members in range(6)}
    assert len(made.changes) == 0
    assert [place.number for place in made.places] == [0, 0]


def test_motivation_moves_how_often_members_are_ill() -> None:
    """Hold that the documented function is the one in force: e to the effect times the strain.

    By hand: no part in decisions is half a unit of strain, full influence of patients another half;
    influence below the half is none. The days between absences are 10 (1 - 0.2) / 0.2 = 40.
    """

    def between(part: float, influence: float, effect: float) -> float:
        sick = {"share": 0.2, "mean_days": 10}
        motivation = {
            "part_in_decisions": part,
            "patient_influence": influence,
            "effect_on_absence": effect,
        }
        made = program({"staff": {**TEAM, "sick_leave": sick, "motivation": motivation}})
        absence = made.drawn[0].absence
        assert absence is not None
        assert absence.mean_days == 10
        return absence.mean_days_between

    assert between(0.1, 0.9, 0) == pytest.approx(40)
    assert between(0.5, 0.2, 2) == pytest.approx(40)
    assert between(0, 1, 2) == pytest.approx(40 / np.exp(2))
    assert between(1, 0, 2) == pytest.approx(40 * np.exp(1))
