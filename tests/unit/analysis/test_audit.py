"""The audit: a run that obeys every law passes, and each broken law is named."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simcare.analysis import audit as laws
from simcare.analysis.audit import Run, audit
from simcare.kernels.tables import (
    CHANGE,
    COMPLETED,
    DIED,
    DROPPED_OUT,
    HOLDING,
    LEFT,
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
CHANGES = np.array([(80, 2, 0)], CHANGE)  # the bed of stage 1 is closed; nobody is evicted
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


def audited(visits: Rows, clients: int = CLIENTS, changes: Rows = CHANGES) -> tuple[str, ...]:
    """Return what the audit finds in visits to the small service above."""
    return audit(visits, PLACES, changes, FIRST_PLACE, HORIZON, clients)


def run_of(visits: Rows) -> Run:
    """Return visits as the laws see them."""
    return Run(visits, PLACES, CHANGES, FIRST_PLACE, HORIZON, CLIENTS)


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
    (9, {"fate": 8}, "a fate that is none"),
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
    reopened = np.array([(50, 2, 0), (90, 2, 1)], CHANGE)
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
