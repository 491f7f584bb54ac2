"""Lists of day 0 and the rules of a service, worked by hand: orders, reviews, offers, deadlines."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from tests.unit.engines.test_days import days, leaving, stage
from tests.unit.engines.test_here import Day, Row, ward

from simcare.engines.lowered_deadlines import due_table
from simcare.kernels.tables import NEVER, TICKS_PER_DAY
from simcare.model.calendar import Calendar
from simcare.model.deadlines import Within

OFFICE = {"days": "monday-friday"}


def severity(value: float) -> dict[str, float | str]:
    """Return what is known of somebody: the severity."""
    return {"severity": value}


def test_who_is_there_has_all_places_of_the_stage() -> None:
    """A stage asks for a bed and a nurse, of whom there are none: it is held until 6 all the same.

    Who waits for both has them when there is a nurse, from 8 on; the bed alone waits for nobody.
    """
    nurses = {"slots": 0, "changes": [{"day": days(8), "number": 1}]}
    service = ward()
    service["capacities"]["nurses"] = nurses
    service["stages"]["ward"]["asks_for"] = ["beds", "nurses"]
    assert Day(service, [("ward", 4, "there"), ("ward", 3, "waiting")]).told() == [
        (0, "ward", 0, 0, 6, "completed"),
        (1, "ward", -3, 8, 18, "completed"),
    ]


def test_a_list_with_an_order_has_it_from_the_first_second_on() -> None:
    """Of two free beds the most severe have one each, whoever has waited longest; then the third.

    At equal severity since decides, then the row. Who comes at 2 and is more severe goes before.
    """
    service = ward(2, patience=100, order={"highest": "severity"})
    people = [
        ("ward", 9, "waiting", severity(0.2)),
        ("ward", 5, "waiting", severity(0.8)),
        ("ward", 7, "waiting", severity(0.8)),
        ("ward", 1, "waiting", severity(0.9)),
    ]
    assert Day(service, people, [(2, "ward")]).told() == [
        (0, "ward", -9, 10, 20, "completed"),
        (1, "ward", -7, 0, 10, "completed"),
        (2, "ward", -5, 10, 20, "completed"),
        (3, "ward", -1, 0, 10, "completed"),
        (4, "ward", 2, 20, 30, "completed"),
    ]


@pytest.mark.parametrize(
    ("since", "every", "at"), [(12, 10, 3), (5, 10, 0), (15, 10, 0), (4, None, 1), (6, None, None)]
)
def test_reviews_count_from_since(since: int, every: int | None, at: int | None) -> None:
    """Reviewed 5 after joining and every 10: the first review that is not past moves who waits.

    With one review alone, who has had it before the run stays on the list, and gives up at 30.
    """
    service = ward(0)
    service["stages"]["other"] = stage(2)
    reviewed = {"after_days": days(5)} | ({"every_days": days(every)} if every else {})
    service["stages"]["ward"]["reviewed"] = reviewed
    service["stages"]["ward"]["next"]["moved"] = [{"where": {"beds": "full"}, "to": "other"}]
    told = Day(service, [("ward", since, "waiting")]).told()
    if at is None:
        assert told == [(0, "ward", -since, None, 30 - since, "left")]
    else:
        moved = (0, "ward", -since, None, at, "moved")
        assert told == [moved, (0, "other", at, at, at + 2, "completed")]


def test_who_is_there_has_taken_the_offer() -> None:
    """Everybody misses the offer: who waits does so on day 0, who is there has begun before."""
    service = ward(2)
    service["stages"]["ward"]["offer"] = {"missed": 1.0}
    service["stages"]["ward"]["next"]["missed"] = "out"
    people = [("ward", 4, "there"), ("ward", 0, "there"), ("ward", 3, "waiting")]
    assert Day(service, people).told() == [
        (0, "ward", 0, 0, 6, "completed"),
        (1, "ward", 0, 0, 10, "completed"),
        (2, "ward", -3, 6, 6, "missed"),
    ]


def bought(budget: float | None) -> dict[str, Any]:
    """Return a ward of three bought beds, for 10 ticks at most, with a budget in ticks of a bed."""
    terms = {"price_per_day": 1, "at_most_days": days(10)}
    if budget is not None:
        terms["budget_per_year"] = days(budget)
    return {**ward(3, stay=100, patience=50, bought=terms), "currency": "NOK"}


def test_a_bought_place_is_had_for_what_is_left_of_its_days() -> None:
    """Bought for 10 at most: after 4 there are 6 left, after 10 or more one second."""
    people = [("ward", since, "there") for since in (12, 10, 4)]
    assert [row[4] for row in Day(bought(None), people).told()] == [1, 1, 6]


@pytest.mark.parametrize(("budget", "served"), [(30, 0), (25, 7), (19, None)])
def test_what_those_there_may_cost_is_set_aside_on_day_0(budget: int, served: int | None) -> None:
    """Two are there and stay for 6 and 7 more; 20 are set aside, and 4 and 3 of it come back.

    A third needs 10: of 30 they are left at once, of 25 when both are gone (12 are left), of 19
    never (6 are left), though for the two there it is set aside in any case.
    """
    people = [("ward", 4, "there"), ("ward", 3, "there"), ("ward", 2, "waiting")]
    told = Day(bought(budget), people).told()
    assert [row[4] for row in told[:2]] == [6, 7]
    assert told[2][3] == served


def by_deadline(within: Any) -> dict[str, Any]:
    """Return a ward with one bed where the first due goes first, from the asking on."""
    service = ward(1, patience=500, order={"deadline": "soon"})
    service["calendars"] = {"office": OFFICE}
    service["stages"]["home"] = stage(1, "ward")
    service["deadlines"] = {"soon": {"from": ["ward"], "to": ["home"], "within": within}}
    service["stages"]["ward"]["next"]["completed"] = "home"
    service["stages"]["home"]["next"]["completed"] = "out"
    return service


def test_a_deadline_of_who_waits_runs_since_they_joined() -> None:
    """Within 20 for one kind and 2 for the other: due at 8 and at 6, and at 17.

    Only those who wait have been asking: who comes at 0 is due at 20.
    """
    service = by_deadline([{"when": {"kind": "other"}, "days": days(9)}, {"days": days(20)}])
    people: list[Row] = [
        ("ward", 12, "waiting"),
        ("ward", 3, "waiting", {"kind": "other"}),
        ("ward", 3, "waiting"),
        ("ward", 4, "there"),
    ]
    told = [row for row in Day(service, people, [(0, "ward")]).told() if row[1] == "ward"]
    assert [(row[2], row[3]) for row in told] == [(0, 0), (-12, 16), (-3, 6), (-3, 26), (0, 36)]


def test_days_late_are_counted_from_since() -> None:
    """Due within 5 and waiting since 12, somebody is late by 7 on day 0: the review moves them.

    Since 4, it is due at 1, and the next review at 2 finds it so.
    """
    service = by_deadline([{"days": days(5)}])
    service["capacities"]["beds"]["beds"] = 0
    review = {"after_days": 0, "every_days": days(2)}
    late = {"due": {"soon": {"below": 0}}, "to": "elsewhere"}
    service["stages"]["ward"]["reviewed"] = review
    service["stages"]["ward"]["next"]["moved"] = [late]
    service["stages"]["elsewhere"] = stage(1)
    told = Day(service, [("ward", 12, "waiting"), ("ward", 4, "waiting")]).told()
    moved = [(row[2], row[4]) for row in told if row[5] == "moved"]
    assert moved == [(-12, 0), (-4, 2)]


def test_time_that_does_not_count_is_that_since_joining() -> None:
    """Due within 10 of the first asking, but for the 12 + 3 on another list, it is due at 13.

    The wait there began 12 before day 0 with the deadline's own stage, and is left at 3.
    """
    service = by_deadline([{"days": days(10)}])
    service["conditions"]["short"] = leaving(15)
    service["stages"]["queue"] = stage(
        1, "ward", "none", while_waiting="short", next={"left": "ward"}
    )
    service["capacities"]["none"] = {"slots": 0}
    service["deadlines"]["soon"].update({"from": ["queue"], "not_counting": ["queue"]})
    service["capacities"]["beds"]["beds"] = 0
    service["stages"]["ward"]["reviewed"] = {"after_days": 0, "every_days": days(1)}
    late = {"due": {"soon": {"below": 0}}, "to": "elsewhere"}
    service["stages"]["ward"]["next"]["moved"] = [late]
    service["stages"]["elsewhere"] = stage(1)
    told = Day(service, [("queue", 12, "waiting")]).told()
    assert told[0] == (0, "queue", -12, None, 3, "left")
    assert told[1] == (0, "ward", 3, None, 14, "moved")


def test_working_days_before_the_run_are_counted() -> None:
    """Day 0 is Sunday, 1 January 2017. Asked for on Monday the 19th, 5 open days end on the 26th.

    That is before who must be served at once and joined a second ago; who asked on Tuesday the 27th
    is due on 3 January. If open days counted from day 0 on, both would be due on 6 January.
    """
    rules = [{"when": {"kind": "other"}, "days": 0.0}, {"working_days": 5, "calendar": "office"}]
    people: list[Row] = [
        ("ward", 13 * TICKS_PER_DAY, "waiting"),
        ("ward", 1, "waiting", {"kind": "other"}),
        ("ward", 5 * TICKS_PER_DAY, "waiting"),
    ]
    service = by_deadline(rules)
    service["conditions"]["waiting"] = leaving(20 * TICKS_PER_DAY)
    told = [row for row in Day(service, people).told() if row[1] == "ward"]
    day = TICKS_PER_DAY
    assert [(row[2], row[3]) for row in told] == [(-13 * day, 0), (-5 * day, 20), (-1, 10)]


def test_due_ticks_of_the_days_before_a_run_stand_after_the_others() -> None:
    """Expected: what a run that began so many days earlier has, seen from day 0 of this one."""
    rule, office = Within(working_days=3, calendar="office"), Calendar.model_validate(OFFICE)
    start, days_, before = date(2017, 1, 4), 9, 12
    found = due_table(rule, office, start, days_, before)
    earlier = due_table(rule, office, start - timedelta(days=before), days_ + before)
    for day in range(-before, days_):
        assert found[day] == earlier[day + before] - before * TICKS_PER_DAY
    assert found[:days_].tolist() == due_table(rule, office, start, days_).tolist()
    last = Calendar.model_validate({"closed": [{"from": "0001-01-01", "to": "9999-12-31"}]})
    assert (due_table(rule, last, start, days_, before) == np.full(days_ + before, NEVER)).all()
