"""Small days with places that are given to groups, worked by hand.

As in test_days and test_here: times are ticks, both engines play, and what must come out is written
by hand.
"""

from typing import Any

import pytest
from tests.unit.engines.test_days import (
    FIRST_ID,
    REPLICATION,
    SEED,
    days,
    leaving,
    stage,
    tell,
)
from tests.unit.engines.test_here import Day, ward
from tests.unit.engines.test_rules_by_hand import DAY, bought, severe

from simcare.kernels.draws import UNIT, name_id, uniform

FOR_LONG = 500


def groups(slots: int, together: int, patience: int = FOR_LONG, **more: Any) -> dict[str, Any]:
    """Return a service of groups of so many, who stay for 10."""
    group = stage(10, asks="groups", while_waiting="waiting", next={"left": "out"})
    return {
        "capacities": {"groups": {"slots": slots, "together": together, **more}},
        "conditions": {"waiting": leaving(patience)},
        "stages": {"group": group},
    }


def starts(told: Any) -> dict[int, int | None]:
    """Return when each client's last visit began."""
    return {who: started for who, _, _, started, _, _ in told}


def test_a_group_starts_when_it_is_full_and_there_is_room() -> None:
    """Eight places, groups of three: at 9 and at 12, and at 19, when the first of three has gone.

    Two are free from 12 to 19, and three wait from 15 on. The third of a group has not waited.
    """
    assert tell(groups(8, 3), [0, 4, 9, 10, 11, 12, 13, 14, 15, 16]) == [
        (0, "group", 0, 9, 19, "completed"),
        (1, "group", 4, 9, 19, "completed"),
        (2, "group", 9, 9, 19, "completed"),
        (3, "group", 10, 12, 22, "completed"),
        (4, "group", 11, 12, 22, "completed"),
        (5, "group", 12, 12, 22, "completed"),
        (6, "group", 13, 19, 29, "completed"),
        (7, "group", 14, 19, 29, "completed"),
        (8, "group", 15, 19, 29, "completed"),
        (9, "group", 16, None, 516, "left"),
    ]


def test_who_leaves_makes_the_group_smaller() -> None:
    """Patience of 30: one leaves at 30, one at 50, just before the next comes in that tick."""
    assert tell(groups(3, 3, 30), [0, 20, 31, 50, 55]) == [
        (0, "group", 0, None, 30, "left"),
        (1, "group", 20, None, 50, "left"),
        (2, "group", 31, 55, 65, "completed"),
        (3, "group", 50, 55, 65, "completed"),
        (4, "group", 55, 55, 65, "completed"),
    ]


def test_stages_share_a_list_and_places_come_free_one_by_one() -> None:
    """Four places, groups of two: a long and a short stay from 0 on, and once more from 1 on.

    Two wait from 2 on. At 5 one place is free, at 6 the second: then they start.
    """
    service = groups(4, 2)
    service["stages"]["short"] = stage(5, asks="groups")
    comes = [(0, "group"), (0, "short"), (1, "group"), (1, "short"), (2, "short"), (2, "group")]
    assert starts(tell(service, comes)) == {0: 0, 1: 0, 2: 1, 3: 1, 4: 6, 5: 6}


def test_units_form_groups_of_their_own() -> None:
    """Twelve come, one a tick; with units of their own, each second one of a unit completes a pair.

    A client's unit is drawn by address.
    """
    word = name_id("groups")
    unit = [int(2 * uniform(SEED, REPLICATION, FIRST_ID + k, 0, word, 0, UNIT)) for k in range(12)]
    assert min(unit.count(0), unit.count(1)) > 2
    expected: dict[int, int | None] = {}
    for number in (0, 1):
        mine = [who for who in range(12) if unit[who] == number]
        for k, who in enumerate(mine):
            expected[who] = mine[k | 1] if k | 1 < len(mine) else None
    assert starts(tell(groups(24, 2, units=2), range(12))) == expected
    one_list = groups(24, 2, units=2, lists="one")
    assert starts(tell(one_list, range(12))) == {who: who | 1 for who in range(12)}


def test_a_group_is_the_first_of_the_order() -> None:
    """Two places open at 10 and at 20: of three on the list the more severe pair goes first."""
    changes = [{"day": days(10), "number": 2}]
    service = groups(0, 2, changes=changes, order={"highest": "severity"})
    service["stages"] |= {
        "mild": severe(0.2, "group"),
        "middling": severe(0.5, "group"),
        "severe": severe(0.9, "group"),
    }
    comes = [(0, "mild"), (1, "severe"), (2, "middling"), (15, "mild")]
    assert starts(tell(service, comes)) == {0: 20, 1: 10, 2: 10, 3: 20}


def test_places_that_open_on_some_days_only() -> None:
    """Four places from 10 to 11, and from 30 on, groups of two: a fifth waits though two are free.

    Who comes as they open makes a group with who is left; who comes later does so at 30.
    """
    numbers = [(10, 4), (11, 0), (30, 4)]
    service = groups(0, 2, changes=[{"day": days(at), "number": n} for at, n in numbers])
    comes = [0, 1, 2, 10, 12, 13, 14]
    assert starts(tell(service, comes)) == {0: 10, 1: 10, 2: 10, 3: 10, 4: 30, 5: 30, 6: None}


def test_who_asks_at_the_end_of_a_stay_makes_a_group_full() -> None:
    """Two who end elsewhere in one tick ask one after the other: the second makes the pair full."""
    service = groups(2, 2)
    service["stages"]["before"] = stage(5, "group")
    assert tell(service, [(0, "before"), (0, "before")]) == [
        (0, "before", 0, 0, 5, "completed"),
        (0, "group", 5, 5, 15, "completed"),
        (1, "before", 0, 0, 5, "completed"),
        (1, "group", 5, 5, 15, "completed"),
    ]


@pytest.mark.parametrize(("lost", "began"), [(0, 11), (15, 16)])
def test_who_misses_the_offer_is_not_replaced(lost: int, began: int) -> None:
    """A pair starts at 1, one of whom misses the offer. Two more wait, from 2 and 3 on.

    One place is free from then on, or lost until 16; the other is taken until 11.
    """
    service = groups(2, 2)
    service["stages"]["missing"] = stage(10, asks="groups", next={"missed": "out"})
    service["stages"]["missing"]["offer"] = {"missed": 1, "lost_days": days(lost)}
    comes = [(0, "group"), (1, "missing"), (2, "group"), (3, "group")]
    assert tell(service, comes) == [
        (0, "group", 0, 1, 11, "completed"),
        (1, "missing", 1, 1, 1 + lost, "missed"),
        (2, "group", 2, began, began + 10, "completed"),
        (3, "group", 3, began, began + 10, "completed"),
    ]


@pytest.mark.parametrize(
    ("slots", "where"), [(2, ["group", "group", "other"]), (3, ["group", "group", "group"])]
)
def test_a_place_is_free_for_a_case_though_no_group_can_start(slots: int, where: Any) -> None:
    """A pair starts at 1; of two places none is left, of three one: the third joins the list."""
    service = groups(slots, 2)
    service["stages"] |= {
        "door": stage(0, [{"where": {"groups": "free"}, "to": "group"}, {"to": "other"}]),
        "other": stage(1),
    }
    told = tell(service, [(0, "door"), (1, "door"), (2, "door")], 50)
    assert [name for _, name, *_ in told if name != "door"] == where
    assert [began for _, name, _, began, _, _ in told if name == "group"][:2] == [1, 1]


@pytest.mark.parametrize(("budget", "second"), [(10, 365 * DAY), (12, 2 * DAY)])
def test_a_budget_pays_for_the_whole_group(budget: float, second: int) -> None:
    """Two places for 4 days at most: 8 are set aside for a pair, who use 4.

    Of 10 days 6 are left then, too few for the next pair, which waits for the new year; of 12, 8.
    """
    service = bought(budget, 4)
    service["capacities"]["private"]["together"] = 2
    told = tell(service, [(0, "private")] * 4, 370 * DAY)
    assert [began for _, _, _, began, _, _ in told] == [0, 0, second, second]


# --- day 0 -------------------------------------------------------------------------------------


def test_who_waits_on_day_0_begins_in_groups() -> None:
    """One is there until 6 and five wait, for five places in pairs: two pairs begin, by since.

    The fifth waits with who comes at 3: one place is free at 6, and at 10 all are.
    """
    people = [("ward", since, "waiting") for since in (2, 5, 1, 4, 3)]
    day = Day(ward(5, patience=100, together=2), [("ward", 4, "there"), *people], [(3, "ward")])
    assert day.told() == [
        (0, "ward", 0, 0, 6, "completed"),
        (1, "ward", -5, 0, 10, "completed"),
        (2, "ward", -4, 0, 10, "completed"),
        (3, "ward", -3, 0, 10, "completed"),
        (4, "ward", -2, 0, 10, "completed"),
        (5, "ward", -1, 10, 20, "completed"),
        (6, "ward", 3, 10, 20, "completed"),
    ]


def test_the_list_of_day_0_is_settled_when_all_have_joined() -> None:
    """Of three who wait the two most severe make the pair, though two others joined before one."""
    service = ward(2, patience=100, together=2, order={"highest": "severity"})
    people: list[Any] = [
        ("ward", 9, "waiting", {"severity": 0.2}),
        ("ward", 5, "waiting", {"severity": 0.3}),
        ("ward", 1, "waiting", {"severity": 0.9}),
    ]
    assert starts(Day(service, people, [(7, "ward")]).told()) == {0: 10, 1: 0, 2: 0, 3: 10}
