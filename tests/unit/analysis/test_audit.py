"""The audit: a run that obeys every law passes, and each broken law is named."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simcare.analysis import audit_places as laws
from simcare.analysis.audit import broken, written
from simcare.analysis.audit_run import Budgets, Run, no
from simcare.kernels.tables import (
    CHANGE,
    COMPLETED,
    DIED,
    DROPPED_OUT,
    FATES,
    HOLDING,
    LEFT,
    MISSED,
    MOVED,
    NONE,
    STAYING,
    VISIT,
    WAITING,
    Rows,
)

HORIZON = 100
CLIENTS = 7
# Two units of one bed each for stage 0, one bed for stage 1; stage 2 asks for nothing.
PLACES = np.array([1, 1, 1])
FIRST_PLACE = np.array([0, 2, -1])
CHANGES = np.array([(80, 2, 0, NONE)], CHANGE)  # the bed of stage 1 is closed; nobody is evicted
NO_CHANGES = CHANGES[:0]

# client, episode, n, stage, unit, queued, started, ended, fate
STORY = (
    (0, 1, 0, 0, 0, 0, 0, 10, COMPLETED),
    (0, 1, 0, 1, 0, 10, 10, 30, COMPLETED),
    (0, 1, 0, 2, 0, 30, 30, 40, COMPLETED),
    (0, 2, 0, 0, 0, 40, 40, -1, STAYING),
    (1, 1, 0, 0, 0, 5, 10, 30, COMPLETED),  # the stay ends at 20, the bed is kept until 30
    (1, 1, 0, 1, 0, 20, 30, 50, COMPLETED),
    (2, 1, 0, 0, 0, 6, 30, 40, DROPPED_OUT),
    (3, 1, 0, 0, 1, 7, 7, 35, COMPLETED),
    (3, 1, 0, 1, 0, 35, -1, 45, LEFT),
    (4, 1, 0, 1, 0, 60, 60, -1, STAYING),
    (5, 1, 0, 1, 0, 61, -1, -1, WAITING),
    (6, 1, 0, 0, 1, 62, 62, -1, HOLDING),
    (6, 1, 0, 1, 0, 70, -1, -1, WAITING),
)
NAMES = ["client", "episode", "n", "stage", "unit", "queued", "started", "ended", "fate"]


def story(rows: tuple[tuple[int, ...], ...] = STORY) -> Rows:
    """Return visits with the columns that are told, the others being zero."""
    visits = np.zeros(len(rows), VISIT)
    for name, column in zip(NAMES, zip(*rows, strict=True), strict=True):
        visits[name] = column
    return visits


def audit(*given: Any, **rest: Any) -> tuple[str, ...]:
    """Return what the audit finds in a run that is written down so."""
    return broken(written(*given, **rest))


def audited(visits: Rows, clients: int = CLIENTS, changes: Rows = CHANGES) -> tuple[str, ...]:
    """Return what the audit finds in visits to the small service above."""
    return audit(visits, PLACES, changes, FIRST_PLACE, HORIZON, clients)


def run_of(visits: Rows) -> Run:
    """Return visits as the laws see them."""
    return Run(
        visits=visits,
        places=PLACES,
        changes=CHANGES,
        first_place=FIRST_PLACE.reshape(-1, 1),
        horizon=HORIZON,
        clients=CLIENTS,
        groups=None,
        holds=None,
        ordered=no(len(PLACES)),
        budgets=Budgets.none(len(PLACES)),
        together=np.ones(len(PLACES), np.int64),
    )


def test_a_run_that_obeys_passes() -> None:
    """Hold that nothing is found in a run that obeys every law, with a kept bed and a closing."""
    assert audited(story()) == ()


def test_nobody_came() -> None:
    """Hold that a run without clients passes."""
    assert audited(np.zeros(0, VISIT), clients=0) == ()


SINGLE: tuple[tuple[int, dict[str, int], str], ...] = (
    (9, {"client": 7}, "a client who never came"),
    (9, {"stage": 3}, "a stage that is not in the service"),
    (9, {"unit": 1}, "a unit that is not there"),
    (7, {"unit": 2}, "a unit that is not there"),
    (2, {"unit": 1}, "a unit that is not there"),
    (9, {"queued": -1}, "asked for outside the run"),
    (9, {"queued": 100}, "asked for outside the run"),
    (9, {"started": 100}, "started outside the run"),
    (9, {"started": -2}, "started outside the run"),
    (8, {"ended": 100}, "ended outside the run"),
    (9, {"started": 59}, "started before it was asked for"),
    (6, {"ended": 29}, "ended before it began"),
    (8, {"ended": 34}, "ended before it began"),
    (9, {"fate": len(FATES)}, "a fate that is none"),
    (8, {"fate": COMPLETED}, "completed without a start"),
    (9, {"fate": COMPLETED}, "over, but without an end"),
    (9, {"fate": DIED}, "over, but without an end"),
    (6, {"fate": STAYING}, "still open, but with an end"),
    (9, {"fate": WAITING}, "waiting, but started"),
    (10, {"fate": STAYING}, "staying or holding, but never started"),
    (10, {"fate": HOLDING}, "staying or holding, but never started"),
    (10, {"client": 3}, "not ordered by client"),
    (9, {"queued": 6}, "came before a client of a lower number"),
    (0, {"fate": HOLDING, "ended": -1}, "an open visit with no business to be open"),
    (3, {"fate": HOLDING}, "an open visit with no business to be open"),
    (0, {"fate": DIED}, "a visit after death"),
    (0, {"ended": 12}, "in two places at a time"),
    (4, {"ended": 31}, "in two places at a time"),
    (2, {"ended": 41}, "in two places at a time"),
    (0, {"ended": 9}, "nowhere between two visits"),
    (0, {"episode": 2}, "a wrong number of the episode"),
    (3, {"episode": 3}, "a wrong number of the episode"),
    (1, {"episode": 2}, "a wrong number of the episode"),
    (1, {"n": 1}, "a wrong count of earlier visits (n)"),
    (3, {"n": 1}, "a wrong count of earlier visits (n)"),
    (3, {"unit": 1}, "another unit than before"),
    (2, {"started": 31}, "waited where there is nothing to wait for"),
    (5, {"started": 29, "queued": 20}, "more busy than there are: place 2"),
    (10, {"started": 61, "fate": STAYING}, "more busy than there are: place 2"),
    (10, {"started": 85, "ended": 85, "fate": COMPLETED}, "more busy than there are: place 2"),
    (8, {"ended": 55}, "free while somebody waits: place 2"),
    (9, {"started": 63}, "free while somebody waits: place 2"),
)


@pytest.mark.parametrize(("row", "change", "says"), SINGLE)
def test_a_planted_fault_is_named(row: int, change: dict[str, int], says: str) -> None:
    """Hold that each law is seen to be broken when one row of the story is changed."""
    visits = story()
    for name, value in change.items():
        visits[name][row] = value
    assert [fault for fault in audited(visits) if fault.startswith(says)], audited(visits)


# The places of stage 0 are those of two categories of an attribute; that of stage 1 is for all.
GROUPS = np.array([(0, 0), (0, 1), (-1, -1)])
BY_CATEGORY = ((0, 1, 0, 0, 0, 0, 0, 10, COMPLETED), (0, 1, 0, 1, 0, 10, 10, 30, COMPLETED))


def test_units_of_one_category() -> None:
    """Hold that a run passes in which everybody's units are of one category of an attribute."""
    assert audit(story(), PLACES, CHANGES, FIRST_PLACE, HORIZON, CLIENTS, GROUPS) == ()


@pytest.mark.parametrize(
    ("of_stage_1", "faults"),
    [((0, 0), 0), ((0, 1), 1), ((1, 1), 0), ((-1, -1), 0)],
    ids=["same category", "another category", "another attribute", "everybody's"],
)
def test_a_unit_of_another_category(of_stage_1: tuple[int, int], faults: int) -> None:
    """Hold that it is seen when a client's units in two capacities are of two categories.

    Expected: the client's first bed is of category 0 of attribute 0; a fault where the second is of
    another category of the same attribute, and only there.
    """
    groups = np.array([(0, 0), (0, 1), of_stage_1])
    found = audit(story(BY_CATEGORY), PLACES, NO_CHANGES, FIRST_PLACE, HORIZON, 1, groups)
    assert len(found) == faults
    says = "a unit of another category than before: 1 of 2 visits, first row 1"
    assert all(fault.startswith(says) for fault in found)


def test_somebody_lost() -> None:
    """Hold that clients without any row are missed, and the flow does not balance."""
    found = audited(story()[:-1], clients=CLIENTS + 2)
    assert "everyone is counted: 2 of 9 clients have no row" in found
    assert "flow balance: 9 came, 3 are gone and 4 are inside" in audited(story(), clients=9)


def test_out_of_turn() -> None:
    """Hold that it is seen when somebody is served before one who joined in an earlier tick."""
    rows = (
        (0, 1, 0, 1, 0, 0, 0, 10, COMPLETED),
        (1, 1, 0, 1, 0, 1, 20, 30, COMPLETED),
        (2, 1, 0, 1, 0, 2, 10, 20, COMPLETED),
    )
    (found,) = audited(story(rows), 3)
    assert found.startswith("served before somebody who came before: 1 of 3 visits, first row 2")
    same_tick = (*rows[:2], (2, 1, 0, 1, 0, 1, 10, 20, COMPLETED))
    assert audited(story(same_tick), 3) == ()


def test_the_list_of_another_unit_is_another_list() -> None:
    """Hold that first come first served is judged within a unit, not over a capacity."""
    rows = (
        (0, 1, 0, 0, 0, 0, 0, 10, COMPLETED),
        (1, 1, 0, 0, 0, 1, 10, 30, COMPLETED),
        (2, 1, 0, 0, 1, 2, 2, 20, COMPLETED),
    )
    assert audited(story(rows), 3) == ()


def test_a_closing_evicts_nobody_and_gives_nothing_out() -> None:
    """Hold that more may be busy than there are after a closing, while nobody starts."""
    rows = (
        (0, 1, 0, 1, 0, 10, 10, 95, COMPLETED),
        (1, 1, 0, 1, 0, 20, -1, -1, WAITING),
    )
    assert audited(story(rows), 2) == ()
    reopened = np.array([(50, 2, 0, NONE), (90, 2, 1, NONE)], CHANGE)
    (found,) = audited(story(rows), 2, reopened)
    assert found.startswith("free while somebody waits: place 2, 1 ticks, first at tick 95")


def test_stays_of_no_length_need_a_place_too() -> None:
    """Hold that visits that begin and end in one tick need a place that is free in that tick."""
    passing = (1, 1, 0, 1, 0, 20, 20, 20, COMPLETED)
    before = (0, 1, 0, 1, 0, 10, 10, 20, COMPLETED)
    assert audited(story((before, passing)), 2) == ()
    (found,) = audited(story(((*before[:7], 21, COMPLETED), passing)), 2)
    assert found.startswith("more busy than there are: place 2, 1 ticks, first at tick 20")


def test_a_fault_is_told_with_its_first_row() -> None:
    """Hold that a fault says how many rows, which is the first, and what stands there."""
    visits = story()
    visits["started"][9] = 59
    assert audited(visits) == (
        "started before it was asked for: 1 of 13 visits, first row 9 "
        "(client 4, stage 1, queued 60, started 59, ended -1)",
    )


# On day 0 client 0 has the bed of stage 1, clients 2 and 3 wait for it, client 1 is at stage 2.
DAY_0 = (
    (0, 1, 0, 1, 0, 0, 0, 10, COMPLETED),
    (1, 1, 0, 2, 0, 0, 0, 30, COMPLETED),
    (2, 1, 0, 1, 0, -7, 10, 20, COMPLETED),
    (3, 1, 0, 1, 0, -5, 20, 30, COMPLETED),
    (4, 1, 0, 1, 0, 0, 30, -1, STAYING),
)


def begun(visits: Rows, there: int = 2) -> tuple[str, ...]:
    """Return what the audit finds in visits that begin with so many there, and two who wait."""
    many = len(np.unique(visits["client"]))
    return audit(visits, PLACES, NO_CHANGES, FIRST_PLACE, HORIZON, many, there=there, waiting=2)


def test_a_run_that_begins_with_a_list_passes() -> None:
    """Hold that nothing is found where the list of day 0 is served in its order."""
    assert begun(story(DAY_0)) == ()
    assert audit(story(DAY_0), PLACES, NO_CHANGES, FIRST_PLACE, HORIZON, 5) != ()


@pytest.mark.parametrize(
    ("row", "change", "says"),
    [
        (0, {"queued": -3}, "asked for outside the run"),
        (0, {"queued": -3}, "there on day 0, but not from the first tick on"),
        (0, {"started": 1}, "there on day 0, but not from the first tick on"),
        (2, {"queued": 3}, "on a list of day 0, but joined later"),
        (3, {"queued": -9}, "waits for longer than a client of a lower number"),
        (4, {"queued": -1}, "asked for outside the run"),
        (2, {"started": 9}, "more busy than there are: place 2"),
        (2, {"started": 11}, "free while somebody waits: place 2"),
        (0, {"ended": 0}, "free while somebody waits: place 2"),
    ],
)
def test_a_planted_fault_of_day_0_is_named(row: int, change: dict[str, int], says: str) -> None:
    """Hold that each law of a list is seen to be broken when one row is changed."""
    visits = story(DAY_0)
    for name, value in change.items():
        visits[name][row] = value
    assert [fault for fault in begun(visits) if fault.startswith(says)], begun(visits)


def test_a_list_out_of_turn() -> None:
    """Hold that it is seen when who has waited for less, before day 0, is served before."""
    visits = story(DAY_0)
    for name in ("started", "ended"):
        visits[name][2:4] = visits[name][2:4][::-1].copy()
    (found,) = begun(visits)
    assert found.startswith("served before somebody who came before: 1 of 5 visits, first row 3")


def test_more_may_be_there_than_there_are_places_but_nobody_is_admitted() -> None:
    """Hold that two who are there on day 0 may be in one bed, and that nobody else may then."""
    two = list(DAY_0)
    two[1] = (1, 1, 0, 1, 0, 0, 0, 10, COMPLETED)
    assert begun(story(tuple(two))) == ()
    visits = story(tuple(two))
    visits["started"][2] = 0
    assert begun(visits)[0].startswith(
        "more busy than there are: place 2, 1 ticks, first at tick 0"
    )


def shifted(visits: Rows, column: str, row: int, value: int) -> Rows:
    """Return visits with one number changed."""
    changed = visits.copy()
    changed[column][row] = value
    return changed


@pytest.mark.parametrize(
    ("law", "changed", "says"),
    [
        (laws.little, shifted(story(), "queued", 10, 130), "Little's law: the lists' lengths"),
        (laws.bed_days, shifted(story(), "ended", 6, 130), "bed-day balance: place 0"),
    ],
)
def test_a_balance_that_does_not_hold(law: Callable[[Run], Any], changed: Rows, says: str) -> None:
    """Hold that the balances, alone with rows that make no sense, do not balance."""
    (found,) = law(run_of(changed))
    assert found.startswith(says)
    assert list(law(replace(run_of(changed), visits=story()))) == []


# --- offers, moves, orders, several places at a time, bought places ------------------------------

# Client 0 has the bed of stage 1; 1 misses an offer whose place is lost for 5 ticks, and waits for
# another; 2 is moved from there to the beds of stage 0; 3's lost place is lost at the horizon.
OFFERS = (
    (0, 1, 0, 1, 0, 0, 0, 20, COMPLETED),
    (1, 1, 0, 1, 0, 1, 20, 25, MISSED),
    (1, 1, 1, 1, 0, 25, 50, 60, COMPLETED),
    (2, 1, 0, 1, 0, 2, -1, 9, MOVED),
    (2, 1, 0, 0, 0, 9, 9, 30, COMPLETED),
    (3, 1, 0, 1, 0, 3, 25, 50, COMPLETED),
    (4, 1, 0, 0, 1, 4, 98, -1, MISSED),
    (5, 1, 0, 0, 1, 3, 3, 98, COMPLETED),
)


def offers() -> Rows:
    """Return the visits above in the order of their clients' coming."""
    order = {0: 0, 1: 1, 2: 2, 3: 3, 5: 4, 4: 5}
    rows = sorted(OFFERS, key=lambda row: order[row[0]])
    return story(tuple((order[row[0]], *row[1:]) for row in rows))


def test_missed_offers_and_moves_pass() -> None:
    """Hold that a place lost meanwhile, one still lost at the end and a move break no law."""
    assert audited(offers(), 6, NO_CHANGES) == ()


@pytest.mark.parametrize(
    ("row", "change", "says"),
    [
        (1, {"started": -1}, "missed without an offer"),
        (3, {"started": 3}, "moved, but started"),
        (3, {"ended": -1}, "over, but without an end"),
        (1, {"ended": -1}, "an open visit with no business to be open"),
        (1, {"ended": 26}, "in two places at a time"),
        (1, {"ended": 24}, "nowhere between two visits"),
        (5, {"started": 22}, "more busy than there are: place 2"),
        (5, {"started": 27}, "free while somebody waits: place 2"),
    ],
)
def test_a_fault_in_offers_and_moves_is_named(row: int, change: dict[str, int], says: str) -> None:
    """Hold that each law is seen to be broken when one of those rows is changed."""
    visits = offers()
    for name, value in change.items():
        visits[name][row] = value
    found = audited(visits, 6, NO_CHANGES)
    assert [fault for fault in found if fault.startswith(says)], found


def test_nothing_is_offered_where_nothing_is_asked_for() -> None:
    """Hold that neither an offer nor a list is taken for one at a stage without places."""
    for fate, started, says in (
        (MISSED, 0, "missed where nothing is offered"),
        (MOVED, -1, "moved where nobody waits"),
    ):
        (found,) = audited(story(((0, 1, 0, 2, 0, 0, started, 9, fate),)), 1)
        assert found.startswith(says)


def test_a_place_is_lost_for_the_same_time() -> None:
    """Hold that another length of a lost place is seen, also one that the horizon cuts off."""
    rows = (
        (0, 1, 0, 0, 0, 0, 0, 5, MISSED),
        (1, 1, 0, 0, 0, 1, 5, 10, MISSED),
        (2, 1, 0, 0, 1, 2, 97, -1, MISSED),
        (3, 1, 0, 0, 1, 2, 2, 97, COMPLETED),
    )
    order = (rows[0], rows[1], (2, *rows[3][1:]), (3, *rows[2][1:]))
    assert audited(story(order), 4, NO_CHANGES) == ()
    longer = story(order)
    longer["ended"][0] = longer["started"][1] = 4
    longer["ended"][1] = 10
    (found,) = audited(longer, 4, NO_CHANGES)
    assert found.startswith("a place lost for another time than before: 1 of 4 visits, first row 0")
    longer = story(order)
    longer["started"][3] = longer["ended"][2] = 94
    (found,) = audited(longer, 4, NO_CHANGES)
    assert found.startswith("a place lost for another time than before: 1 of 4 visits, first row 3")


# One list of four places for pairs: 0 and 1 at 5, and 2 and 3 at 8, of whom 3 misses the offer; 4
# waits alone until 5 comes at 20.
PAIRS = (
    (0, 1, 0, 0, 0, 0, 5, 30, COMPLETED),
    (1, 1, 0, 0, 0, 5, 5, 40, COMPLETED),
    (2, 1, 0, 0, 0, 6, 8, 20, COMPLETED),
    (3, 1, 0, 0, 0, 8, 8, 8, MISSED),
    (4, 1, 0, 0, 0, 9, 20, -1, STAYING),
    (5, 1, 0, 0, 0, 20, 20, -1, STAYING),
    (6, 1, 0, 0, 0, 50, -1, -1, WAITING),
)


def in_pairs(rows: tuple[tuple[int, ...], ...] = PAIRS, there: int = 0) -> tuple[str, ...]:
    """Return what the audit finds where four places are given to two at a time."""
    visits, places, many = story(rows), np.array([4]), np.array([2])
    first, clients = np.array([0]), len(rows)
    return audit(visits, places, NO_CHANGES, first, HORIZON, clients, together=many, there=there)


def test_groups_that_start_together_pass() -> None:
    """Hold that nothing is found where pairs start, though a place is free while one waits.

    Nor is it where one of them is there on day 0, and was in no group.
    """
    assert in_pairs() == ()
    there = ((*PAIRS[0][:5], 0, 0, 30, COMPLETED), *PAIRS[2:])
    rows = tuple((k, *row[1:]) for k, row in enumerate(there))
    assert in_pairs(rows, there=1) == ()
    assert in_pairs(rows)[0].startswith("part of a group starts: place 0, 1 ticks, first at tick 0")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({0: {"started": 4}}, "part of a group starts: place 0, 2 ticks, first at tick 4"),
        ({5: {"started": -1, "fate": WAITING}}, "part of a group starts: place 0, 1 ticks"),
        (
            {4: {"started": 22}, 5: {"started": 22}},
            "free while somebody waits: place 0, 1 ticks, first at tick 20",
        ),
        ({1: {"ended": 98}, 2: {"ended": 99}}, "more busy than there are: place 0, 1 ticks"),
    ],
)
def test_a_fault_of_groups_is_named(changes: dict[int, dict[str, int]], says: str) -> None:
    """Hold that part of a group, one that is late and one without room are seen."""
    rows = [
        {**dict(zip(NAMES, row, strict=True)), **changes.get(k, {})} for k, row in enumerate(PAIRS)
    ]
    found = in_pairs(tuple(tuple(row[name] for name in NAMES) for row in rows))
    assert [fault for fault in found if fault.startswith(says)], found


def test_a_list_with_an_order_has_turns_of_its_own() -> None:
    """Hold that nobody is out of turn on such a list, and that no bed there is free meanwhile."""
    rows = (
        (0, 1, 0, 1, 0, 0, 0, 10, COMPLETED),
        (1, 1, 0, 1, 0, 1, 20, 30, COMPLETED),
        (2, 1, 0, 1, 0, 2, 10, 20, COMPLETED),
    )
    rules = (PLACES, NO_CHANGES, FIRST_PLACE, HORIZON, 3)
    ordered = np.array([False, False, True])
    assert audit(story(rows), *rules, ordered=ordered) == ()
    (found,) = audit(story(rows), *rules, ordered=~ordered)
    assert found.startswith("served before somebody who came before")
    late = ((*rows[0][:7], 9, COMPLETED), *rows[1:])
    (found,) = audit(story(late), *rules, ordered=ordered)
    assert found.startswith("free while somebody waits: place 2")


# Stage 0 asks for a bed (place 0 or 1) and for a nurse (place 2), stage 1 for a nurse alone; stage
# 0 may keep both until the client has what comes next.
TOGETHER = np.array([[0, 2], [2, -1], [-1, -1]])
HOLDS = np.array([True, False, False])
SEVERAL = (
    (0, 1, 0, 0, 0, 0, 0, 10, COMPLETED),  # a bed and the nurse; keeps the nurse
    (0, 1, 0, 1, 0, 10, 10, 20, COMPLETED),
    (1, 1, 0, 0, 0, 1, 20, 40, COMPLETED),  # the bed is free from 10 on, the nurse from 20
    (2, 1, 0, 1, 0, 2, 40, 45, COMPLETED),  # waits for the nurse alone
    (3, 1, 0, 0, 1, 3, 45, -1, STAYING),  # the other bed is free all the time, the nurse from 45
)


def together(rows: tuple[tuple[int, ...], ...] = SEVERAL, clients: int = 4) -> tuple[str, ...]:
    """Return what the audit finds in visits that ask for several places."""
    rules = (PLACES, NO_CHANGES, TOGETHER, HORIZON, clients)
    return audit(story(rows), *rules, holds=HOLDS)


def test_several_places_at_a_time_pass() -> None:
    """Hold that who waits for two places waits until both are free, whoever came meanwhile."""
    assert together() == ()


def changed(row: int, **values: int) -> tuple[tuple[int, ...], ...]:
    """Return the visits above with some numbers of a row changed."""
    names = dict(zip(NAMES, SEVERAL[row], strict=True)) | values
    return (*SEVERAL[:row], tuple(names.values()), *SEVERAL[row + 1 :])


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (changed(4, started=46), "all free that somebody waits for: 1 of 5 visits, first row 4"),
        (changed(4, started=44), "more busy than there are: place 2"),
        (changed(3, ended=44), "all free that somebody waits for: 1 of 5 visits, first row 4"),
        (changed(2, unit=1 << 10), "a unit that is not there"),
        (changed(3, unit=1 << 10), "a unit that is not there"),
        (changed(2, unit=2), "a unit that is not there"),
    ],
)
def test_a_fault_with_several_places_is_named(rows: tuple[tuple[int, ...], ...], says: str) -> None:
    """Hold that it is seen when places are given too early, too late, or do not exist."""
    found = together(rows)
    assert [fault for fault in found if fault.startswith(says)], found


def test_what_is_carried_over_is_not_waited_for() -> None:
    """Hold that who brings the nurse along does not queue for her, and nobody else has her."""
    waits = changed(1, started=11)
    assert any("waited where there is nothing" in fault for fault in together(waits))
    closing = np.array([(5, 2, 0, NONE)], CHANGE)  # the nurse leaves; nobody is sent away
    rows = SEVERAL[:2]
    rules = (PLACES, closing, TOGETHER, HORIZON, 1)
    assert audit(story(rows), *rules, holds=HOLDS) == ()
    (found,) = audit(story(rows), *rules, holds=~HOLDS)
    assert found.startswith("more busy than there are: place 2, 1 ticks, first at tick 10")


def test_only_a_stage_that_holds_keeps_places() -> None:
    """Hold that a bed kept by a stage that does not hold is one place too many."""
    rows = (
        (0, 1, 0, 0, 0, 10, 10, 30, COMPLETED),
        (0, 1, 0, 1, 0, 20, 30, 50, COMPLETED),
        (1, 1, 0, 1, 0, 15, 15, 30, COMPLETED),
    )
    kept = story(rows)
    rules = (PLACES, NO_CHANGES, FIRST_PLACE, HORIZON, 2)
    assert audit(kept, *rules, holds=np.array([True, False, False])) == ()
    (found,) = audit(kept, *rules, holds=no(3))
    assert found.startswith("in two places at a time: 1 of 3 visits, first row 0")


def test_those_who_wait_for_the_same_are_served_in_turn() -> None:
    """Hold that first come, first served is judged among those who need the same places."""
    rows = (
        (0, 1, 0, 0, 0, 0, 0, 10, COMPLETED),
        (1, 1, 0, 0, 0, 1, 20, 30, COMPLETED),
        (2, 1, 0, 0, 0, 2, 10, 20, COMPLETED),
    )
    (found,) = together(rows, 3)
    assert found.startswith("served before somebody who came before: 1 of 3 visits, first row 2")
    another = (*rows[:2], (2, 1, 0, 1, 0, 2, 10, 20, COMPLETED))
    found_ = together(another, 3)
    assert not any(fault.startswith("served before") for fault in found_)


# One bought place, for 20 ticks at most. At first there is money for 30, from tick 50 on for 50.
RENEWED = Budgets(np.array([30, 1 << 60, 1 << 60]), np.array([20, 0, 0]), np.array([[50, 0, 50]]))
BOUGHT = (
    (0, 1, 0, 0, 0, 0, 0, 12, COMPLETED),  # 8 come back: 18 are left, 20 are needed
    (1, 1, 0, 0, 0, 5, 50, 70, COMPLETED),  # the new budget; nothing comes back
    (2, 1, 0, 0, 0, 60, 70, 75, COMPLETED),  # 15 come back: 25 are left
    (3, 1, 0, 0, 0, 71, 75, 80, COMPLETED),  # 15 come back: 20 are left
    (4, 1, 0, 0, 0, 76, 80, 100 - 1, COMPLETED),
)


def bought(rows: tuple[tuple[int, ...], ...] = BOUGHT) -> tuple[str, ...]:
    """Return what the audit finds in visits to the bought place."""
    rules = (PLACES, NO_CHANGES, FIRST_PLACE, HORIZON, len(rows))
    return audit(story(rows), *rules, budgets=RENEWED)


def test_bought_places_within_their_budget_pass() -> None:
    """Hold that nobody need be placed for whom there is no money, and what comes back counts."""
    assert bought() == ()


@pytest.mark.parametrize(
    ("row", "change", "says"),
    [
        (1, {"started": 12, "ended": 32}, "more bought than there is money: place 0, 1 ticks"),
        (1, {"started": 51, "ended": 70}, "free while somebody waits: place 0"),
        (1, {"ended": 71}, "longer in a bought place than it was bought for: 1 of 5 visits"),
        (4, {"ended": -1, "fate": STAYING}, ""),
    ],
)
def test_a_fault_with_bought_places_is_named(row: int, change: dict[str, int], says: str) -> None:
    """Hold that money spent twice, not spent or overspent is seen; an open stay is none of it."""
    names = dict(zip(NAMES, BOUGHT[row], strict=True)) | change
    rows = (*BOUGHT[:row], tuple(names.values()), *BOUGHT[row + 1 :])
    found = bought(rows)
    assert bool(found) == bool(says)
    assert not says or [fault for fault in found if fault.startswith(says)], found


def test_who_is_there_on_day_0_may_be_beyond_the_budget_but_nobody_else() -> None:
    """Expected: by hand: 40 are set aside of 30, and 8 and 5 come back: the third waits for 50."""
    rows = (
        (0, 1, 0, 0, 0, 0, 0, 12, COMPLETED),
        (1, 1, 0, 0, 0, 0, 0, 15, COMPLETED),
        (2, 1, 0, 0, 0, 5, 50, 70, COMPLETED),
    )
    rules = (PLACES, NO_CHANGES, FIRST_PLACE, HORIZON, len(rows))
    assert audit(story(rows), *rules, budgets=RENEWED, there=2) == ()
    early = story((*rows[:2], (2, 1, 0, 0, 0, 5, 15, 35, COMPLETED)))
    found = audit(early, *rules, budgets=RENEWED, there=2)
    assert found[0].startswith(
        "more bought than there is money: place 0, 1 ticks, first at tick 15"
    )


def test_who_is_there_on_day_0_has_not_missed_the_offer() -> None:
    """Hold that it is seen when somebody who is there is said to have missed an offer then."""
    missed = (0, 1, 0, 0, 0, 0, 0, 0, MISSED)
    rules = (PLACES, NO_CHANGES, FIRST_PLACE, HORIZON, 1)
    assert audit(story((missed,)), *rules, waiting=1) == ()
    (found,) = audit(story((missed,)), *rules, there=1)
    assert found.startswith("there on day 0, but missed the offer: 1 of 1 visits, first row 0")


def test_money_of_a_year_does_not_come_back_in_the_next() -> None:
    """Expected: by hand: a stay from tick 45 on takes nothing from the budget of tick 50, and what
    it does not use is lost: of 50 there are 10 left for the third, who has to wait.
    """
    rows = (
        (0, 1, 0, 0, 0, 45, 45, 55, COMPLETED),
        (1, 1, 0, 0, 0, 46, 55, 75, COMPLETED),
        (2, 1, 0, 0, 0, 47, 75, 95, COMPLETED),
        (3, 1, 0, 0, 0, 48, -1, -1, WAITING),
    )
    assert bought(rows) == ()
    more = (*rows[:3], (3, 1, 0, 0, 0, 48, 95, -1, STAYING))
    (found,) = bought(more)
    assert found.startswith("more bought than there is money: place 0, 1 ticks, first at tick 95")


def test_numbers_that_change_often_are_followed() -> None:
    """Hold that a place that opens and closes all the time is judged by its number of the tick."""
    opening = np.array([(10 * k, 2, k % 2, NONE) for k in range(10)], CHANGE)
    rows = ((0, 1, 0, 1, 0, 5, 10, 12, COMPLETED), (1, 1, 0, 1, 0, 11, 12, 35, COMPLETED))
    late = ((0, 1, 0, 1, 0, 5, 10, 12, COMPLETED), (1, 1, 0, 1, 0, 11, 30, 35, COMPLETED))
    closed = ((0, 1, 0, 1, 0, 5, 20, 22, COMPLETED), (1, 1, 0, 1, 0, 11, 30, 35, COMPLETED))
    assert audited(story(rows), 2, opening) == ()
    (found,) = audited(story(late), 2, opening)
    assert found.startswith("free while somebody waits: place 2, 1 ticks, first at tick 12")
    assert any("more busy than there are" in fault for fault in audited(story(closed), 2, opening))


def test_changes_without_a_number_leave_it_as_it_is() -> None:
    """Hold that a change of something else than the number is none of the number."""
    other = np.array([(3, 2, NONE, 100)], CHANGE)
    rows = ((0, 1, 0, 1, 0, 0, 0, 10, COMPLETED), (1, 1, 0, 1, 0, 1, 10, 20, COMPLETED))
    assert audited(story(rows), 2, other) == ()
