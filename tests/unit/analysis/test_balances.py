"""What must come out even: both sides worked out by hand, and each side moved on purpose."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.analysis.test_audit import run_of, story

from simcare.analysis.balances import (
    BED_DAYS,
    LITTLE,
    MONEY,
    PAYERS,
    PEOPLE,
    STAYS,
    Balance,
    added,
    balances,
)
from simcare.analysis.costs import COST_A_YEAR, COST_PER_CLIENT
from simcare.analysis.groups import ALL, BY_PAYER, BY_PLACES, BY_STAGE, BY_WAY_IN, Entry
from simcare.kernels.tables import TICKS_PER_DAY

STAGES = ("ward", "unit", "home")
PLACES = ("beds", "beds", "rooms")


def entry(by: str, name: str, measure: str = COST_A_YEAR) -> Entry:
    """Return the name of a cost."""
    return Entry(by, name, measure, "all who asked", "NOK")


COSTS = {
    entry(ALL, ""): 100.0,
    entry(ALL, "", COST_PER_CLIENT): 7.0,
    entry(BY_STAGE, "ward"): 60.0,
    entry(BY_STAGE, "unit"): 30.0,
    entry(BY_PLACES, "beds"): 10.0,
    entry(BY_PAYER, "state"): 75.0,
    entry(BY_PAYER, "nobody named"): 25.0,
    entry(BY_WAY_IN, "letter"): 55.0,
}


def test_each_side_is_what_is_counted_by_hand() -> None:
    """Expected, from the story of the audit's tests: of 7 people 4 have gone and 3 are inside.

    At the ward 5 and 24 ticks are waited, and 10, 60, 20, 10, 28 and 38 stayed, of 200 that two
    beds are there; at the unit 10, 10, 39 and 30 waited and 20, 20 and 40 stayed, of 80 that there
    is one room and 20 after it was closed.
    """
    found = balances(run_of(story()), STAGES, PLACES, COSTS)
    sides = {
        (one.law, one.where): (one.left * TICKS_PER_DAY, one.right * TICKS_PER_DAY)
        for one in found
        if one.law in (LITTLE, STAYS, BED_DAYS)
    }
    expected = {
        (LITTLE, "ward"): (29, 29),
        (STAYS, "ward"): (166, 166),
        (LITTLE, "unit"): (89, 89),
        (STAYS, "unit"): (80, 80),
        (LITTLE, "home"): (0, 0),
        (STAYS, "home"): (10, 10),
        (BED_DAYS, "beds"): (166, 200),
        (BED_DAYS, "rooms"): (80, 100),
    }
    assert sides.keys() == expected.keys()
    for key, both in expected.items():
        assert sides[key] == pytest.approx(both, rel=1e-12)
    found = balances(run_of(story()), STAGES, PLACES, COSTS)
    rest = {one.law: (one.left, one.right) for one in found if not one.where}
    assert rest == {PEOPLE: (7, 7), MONEY: (100.0, 100.0), PAYERS: (100.0, 100.0)}


def test_all_of_them_hold() -> None:
    """Expected: the story obeys every law."""
    assert all(one.holds for one in balances(run_of(story()), STAGES, PLACES, COSTS))


@pytest.mark.parametrize(
    ("law", "left", "right"),
    [
        (PEOPLE, 7, 6),
        (LITTLE, 29.0, 28.0),
        (STAYS, 29.0, np.nextafter(29.0, 30.0)),
        (BED_DAYS, 201.0, 200.0),
        (MONEY, 100.0, 100.00001),
        (PAYERS, 100.0, 99.0),
    ],
)
def test_what_does_not_come_out_even_is_seen(law: str, left: float, right: float) -> None:
    """Expected: any difference but that bed-days stay unused, and the last digits of money."""
    assert not Balance(law, "", left, right).holds
    assert Balance(BED_DAYS, "", 199.0, 200.0).holds
    assert Balance(MONEY, "", 100.0, 100.0 + 1e-12).holds


def test_somebody_lost_is_somebody_missing() -> None:
    """Expected: by hand: with the rows of one of 7 taken out, 6 have gone or are inside."""
    visits = story()
    run = replace(run_of(visits), visits=visits[visits["client"] != 4])
    (people,) = (one for one in balances(run, STAGES, PLACES, {}) if one.law == PEOPLE)
    assert (people.left, people.right, people.holds) == (7, 6, False)


def test_replications_are_added_up_law_by_law() -> None:
    """Expected: by hand: two wards of 3 and 4 days make 7 in two runs; people come first."""
    every = [
        Balance(LITTLE, "ward", 3.0, 3.0),
        Balance(PEOPLE, "", 5, 5),
        Balance(LITTLE, "ward", 4.0, 4.0),
    ]
    assert added(every) == (Balance(PEOPLE, "", 5, 5), Balance(LITTLE, "ward", 7.0, 7.0, 2))
