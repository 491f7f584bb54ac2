"""Small days with rules of lists, offers, reviews and several places, worked by hand.

As in test_days: times are ticks, both engines play, and what must come out is written by hand.
"""

from typing import Any

import pytest
from tests.unit.engines.test_days import FIRST_ID, REPLICATION, SEED, days, fixed, stage, tell

from simcare.kernels.draws import OFFER, name_id, uniform

DAY = 86_400


def severe(share: float, to: str) -> Any:
    """Return a stage without time in which somebody's severity is set, on the way to another."""
    return stage(0, [{"to": to, "set": {"severity": share}}])


def by_severity(beds: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return one ward for people who come as mild, middling or severe."""
    return {
        "capacities": {"beds": {"beds": 1, **beds}},
        "stages": {
            "mild": severe(0.2, "ward"),
            "middling": severe(0.5, "ward"),
            "severe": severe(0.9, "ward"),
            "ward": stage(10, asks="beds"),
        },
        **more,
    }


def starts(
    service: Any, comes: Any, at: str = "ward", horizon: int = 1000
) -> dict[int, int | None]:
    """Return when each client's stay at a stage began."""
    told = tell(service, comes, horizon)
    return {who: started for who, name, _, started, _, _ in told if name == at}


# --- who goes first ----------------------------------------------------------------------------

COME = [(0, "mild"), (1, "mild"), (2, "severe"), (3, "middling"), (4, "severe")]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ({"highest": "severity"}, {0: 0, 2: 10, 4: 20, 3: 30, 1: 40}),
        ({"lowest": "severity"}, {0: 0, 1: 10, 3: 20, 2: 30, 4: 40}),
        # First those from 0.4 to 0.8, then the others as they asked.
        (
            {"classes": [{"severity": {"at_least": 0.4, "below": 0.8}}]},
            {0: 0, 3: 10, 1: 20, 2: 30, 4: 40},
        ),
        # Two classes, and within each the least severe: middling and mild are of the second.
        (
            {"classes": [{"severity": {"at_least": 0.8}}], "lowest": "severity"},
            {0: 0, 2: 10, 4: 20, 1: 30, 3: 40},
        ),
    ],
)
def test_a_list_has_an_order(order: dict[str, Any], expected: dict[int, int]) -> None:
    """Hold that who waits is served by class, then by key, then as they asked."""
    assert starts(by_severity({"order": order}), COME) == expected


def test_the_earliest_deadline_first() -> None:
    """Hold that who must be served soonest goes first.

    It begins as the ward is asked for. Those below 0.5 have 50 ticks: the one of tick 1 is due at
    51. The others have 20: they are due at 22, 23 and 24.
    """
    deadline = {
        "from": ["ward"],
        "to": ["ward"],
        "within": [
            {"when": {"severity": {"at_least": 0.5}}, "days": days(20)},
            {"days": days(50)},
        ],
    }
    service = by_severity({"order": {"deadline": "soon"}}, deadlines={"soon": deadline})
    assert starts(service, COME) == {0: 0, 2: 10, 3: 20, 4: 30, 1: 40}


@pytest.mark.parametrize(("after", "expected"), [(20, {1: 50, 2: 40}), (39, {1: 40, 2: 50})])
def test_a_review_takes_the_turn_anew(after: int, expected: dict[int, int]) -> None:
    """Hold that who has become worse meanwhile goes ahead after a review, and not before.

    The bed is taken from 0 to 40. One waits from 1 with 0.5, who stays so; one from 2 with 0.2, who
    comes half as near to 1.0 in every 10 ticks: to 1 - 0.8 / 4 = 0.8 by 22. A review at 41 is late.
    """
    beds = {"beds": 1, "order": {"highest": "severity"}}
    service = {
        "capacities": {"beds": beds},
        "conditions": {"worse": {"severity": {"half_life_days": days(10), "towards": 1}}},
        "stages": {
            "first": stage(40, asks="beds"),
            "middling": severe(0.5, "ward"),
            "mild": severe(0.2, "growing"),
            "ward": stage(10, asks="beds"),
            "growing": stage(
                10, asks="beds", while_waiting="worse", reviewed={"after_days": days(after)}
            ),
        },
    }
    told = tell(service, [(0, "first"), (1, "middling"), (2, "mild")])
    assert {who: began for who, name, _, began, _, _ in told if name in ("ward", "growing")} == (
        expected
    )


# --- offers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lost", "began"), [(0, [0, 1, 2]), (5, [0, 5, 10])])
def test_a_missed_offer(lost: int, began: list[int]) -> None:
    """Hold that who misses an offer loses the place for so long, or the next has it at once."""
    ward = stage(10, asks="beds", next={"missed": "home"})
    ward["offer"] = {"missed": 1, "lost_days": days(lost)}
    service = {
        "capacities": {"beds": {"beds": 1}},
        "stages": {"ward": ward, "home": stage(3)},
    }
    expected = []
    for who, at in enumerate(began):
        expected.append((who, "ward", who, at, at + lost, "missed"))
        expected.append((who, "home", at + lost, at + lost, at + lost + 3, "completed"))
    assert tell(service, [0, 1, 2]) == expected


def test_who_misses_an_offer_is_drawn_by_address() -> None:
    """Hold that a client misses it where the uniform of the address is below the share."""
    ward = stage(1, asks="beds", next={"missed": "out"})
    ward["offer"] = {"missed": 0.5, "times": [{"factor": 0.8, "when": {"kind": "one"}}]}
    service = {"capacities": {"beds": {"beds": 30}}, "stages": {"ward": ward}}
    told = tell(service, range(30))
    for who, _, _, _, _, fate in told:
        u = uniform(SEED, REPLICATION, FIRST_ID + who, 1, name_id("ward"), 0, OFFER)
        assert fate == ("missed" if u < 0.4 else "completed")
    assert {fate for *_, fate in told} == {"missed", "completed"}


def test_a_lost_place_that_is_not_over_at_the_horizon() -> None:
    """Hold that it is a row that is still open, whose fate is known."""
    ward = stage(10, asks="beds", next={"missed": "out"})
    ward["offer"] = {"missed": 1, "lost_days": days(50)}
    service = {"capacities": {"beds": {"beds": 1}}, "stages": {"ward": ward}}
    assert tell(service, [0, 1], 40) == [
        (0, "ward", 0, 0, None, "missed"),
        (1, "ward", 1, None, None, "waiting"),
    ]


# --- how the service stands --------------------------------------------------------------------


def two_wards(first: Any, **more: Any) -> dict[str, Any]:
    """Return a ward of one bed, another of one bed, and a door that leads as said."""
    return {
        "capacities": {"own": {"beds": 1}, "other": {"beds": 1}},
        "stages": {
            "door": stage(0, first),
            "ward": stage(10, asks="own"),
            "elsewhere": stage(100, asks="other"),
        },
        **more,
    }


@pytest.mark.parametrize(
    ("state", "where"),
    [
        ({"other": "free"}, ["elsewhere", "ward", "ward", "ward"]),
        ({"own": "full"}, ["ward", "elsewhere", "elsewhere", "elsewhere"]),
        ({"own": "full", "other": "free"}, ["ward", "elsewhere", "ward", "ward"]),
        ({"own": {"waiting": {"at_least": 1}}}, ["ward", "ward", "elsewhere", "elsewhere"]),
        ({"own": {"waiting": {"below": 2}}}, ["elsewhere", "elsewhere", "elsewhere", "elsewhere"]),
    ],
)
def test_a_case_asks_how_the_service_stands(state: dict[str, Any], where: list[str]) -> None:
    """Hold that a case is taken or not as places are free or full, or people wait, at that time."""
    service = two_wards([{"where": state, "to": "elsewhere"}, {"to": "ward"}])
    told = tell(service, [0, 1, 2, 3], 60)
    assert [name for _, name, *_ in told if name != "door"] == where


def test_one_s_own_place_is_still_taken_when_a_case_looks() -> None:
    """Hold that who is about to leave a place sees it as full, and its own turn as on the list."""
    service = {
        "capacities": {"own": {"beds": 1}},
        "conditions": {"waiting": {"leave": {"after_days": fixed(5)}}},
        "stages": {
            "ward": stage(
                10,
                [{"where": {"own": "free"}, "to": "free"}, {"to": "full"}],
                asks="own",
                while_waiting="waiting",
                next={
                    "left": [
                        {"where": {"own": {"waiting": {"below": 1}}}, "to": "free"},
                        {"to": "full"},
                    ]
                },
            ),
            "free": stage(1),
            "full": stage(1),
        },
    }
    told = tell(service, [(0, "ward"), (1, "ward")])
    assert [(who, name, at) for who, name, at, *_ in told] == [
        (0, "ward", 0), (0, "full", 10), (1, "ward", 1), (1, "full", 6),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("due", "where"), [({"below": days(10)}, "late"), ({"at_least": days(10)}, "early")]
)
def test_a_case_asks_for_the_days_until_a_deadline(due: dict[str, float], where: str) -> None:
    """Hold that who comes to the ward with 10 ticks left is not below 10, and one later is.

    The deadline is 20 ticks from the first asking, less none: the stay before the case is 10 or 11.
    """
    for stay, found in ((10, "early"), (11, "late")):
        service = {
            "deadlines": {
                "soon": {"from": ["ward"], "to": ["early", "late"], "within": {"days": days(20)}}
            },
            "stages": {
                "ward": stage(stay, [{"due": {"soon": due}, "to": where}, {"to": _other(where)}]),
                "early": stage(1),
                "late": stage(1),
            },
        }
        assert [name for _, name, *_ in tell(service, [(3, "ward")])] == ["ward", found]


def _other(where: str) -> str:
    return "early" if where == "late" else "late"


def test_a_deadline_is_put_off_by_what_does_not_count() -> None:
    """Hold that time in a stage that does not count is added to the time there is.

    20 ticks from asking at 0, put off by the 30 of the pause: due at 50, and 10 ticks left at 40.
    """
    cases = [
        {"due": {"soon": {"at_least": days(10), "below": days(11)}}, "to": "ten"},
        {"to": "no"},
    ]
    service = {
        "deadlines": {
            "soon": {
                "from": ["talk"],
                "to": ["ten", "no"],
                "within": {"days": days(20)},
                "not_counting": ["pause"],
            }
        },
        "stages": {
            "talk": stage(5, "pause"),
            "pause": stage(30, "ward"),
            "ward": stage(5, cases),
            "ten": stage(1),
            "no": stage(1),
        },
    }
    assert [name for _, name, *_ in tell(service, [(0, "talk")])][-1] == "ten"


# --- reviews -----------------------------------------------------------------------------------


def moving(after: int, every: int | None, case: dict[str, Any], patience: int = 500) -> Any:
    """Return a ward with one bed, from whose list people are moved to a private bed."""
    review = {"after_days": days(after)} | ({} if every is None else {"every_days": days(every)})
    return {
        "capacities": {"own": {"beds": 1}, "private": {"beds": 1}},
        "conditions": {"waiting": {"leave": {"after_days": fixed(patience)}}},
        "stages": {
            "ward": stage(
                100,
                asks="own",
                while_waiting="waiting",
                reviewed=review,
                next={"left": "out", "moved": [case]},
            ),
            "private": stage(30, asks="private"),
        },
    }


def test_who_has_waited_is_moved_where_a_place_is_free() -> None:
    """Hold that those who wait are moved one by one, at their reviews, as the private bed is free.

    The bed of the ward is taken from 0 to 100. Those of 1, 2 and 3 are looked at after 20 ticks and
    every 7 more: at 21 the first is moved, until 51. The third is looked at at 23, 30, 37, 44 and
    51, when that bed has come free, so it is moved, until 81. The second, at 22, 29, ..., 50, 57,
    ..., 78 and 85, is moved at 85.
    """
    service = moving(20, 7, {"where": {"private": "free"}, "to": "private"})
    assert tell(service, [(0, "ward"), (1, "ward"), (2, "ward"), (3, "ward")], 95) == [
        (0, "ward", 0, 0, None, "staying"),
        (1, "ward", 1, None, 21, "moved"),
        (1, "private", 21, 21, 51, "completed"),
        (2, "ward", 2, None, 85, "moved"),
        (2, "private", 85, 85, None, "staying"),
        (3, "ward", 3, None, 51, "moved"),
        (3, "private", 51, 51, 81, "completed"),
    ]


@pytest.mark.parametrize(
    ("due", "last"),
    [
        ({"below": days(15)}, (1, "ward", 6, 105, 205, "completed")),
        ({"at_least": days(15), "below": days(16)}, (1, "private", 10, 10, 40, "completed")),
    ],
)
def test_a_review_in_a_wait_that_does_not_count(due: dict[str, float], last: Any) -> None:
    """Hold that a review counts the days left as if the wait, which puts them off, ended now.

    The deadline of who talks from 1 to 6 is due at 21; 15 ticks are left then, and at each review,
    at 10, 20 and so on, as the wait for the ward does not count. Its bed is taken from 5 to 105.
    """
    service = moving(4, 10, {"due": {"soon": due}, "to": "private"})
    service["stages"] |= {"talk": stage(5, "ward")}
    service["deadlines"] = {
        "soon": {
            "from": ["talk"],
            "to": ["private"],
            "within": {"days": days(20)},
            "not_counting": ["ward"],
        }
    }
    assert tell(service, [(0, "talk"), (1, "talk")])[-1] == last


def test_a_review_without_another_comes_once() -> None:
    """Hold that with no further review, whoever was not moved waits on."""
    service = moving(20, None, {"where": {"private": "free"}, "to": "private"})
    told = tell(service, [(0, "ward"), (1, "ward"), (2, "ward")], 300)
    assert told[-1] == (2, "ward", 2, 100, 200, "completed")


def test_what_falls_on_the_tick_of_a_review() -> None:
    """Hold that a bed that comes free is in time before it, and who gives up comes after it."""
    at_100 = moving(99, None, {"where": {"private": "free"}, "to": "private"})
    assert tell(at_100, [(0, "ward"), (1, "ward")], 150)[1] == (1, "ward", 1, 100, None, "staying")
    at_21 = moving(20, None, {"where": {"private": "free"}, "to": "private"}, patience=20)
    told = tell(at_21, [(0, "ward"), (1, "ward"), (1, "ward")], 60)
    assert told[1][3:] == (None, 21, "moved")
    assert told[3][3:] == (None, 21, "left")


# --- several places ----------------------------------------------------------------------------


def reserving(hold: bool = True) -> dict[str, Any]:
    """Return detox that begins only when a bed of the home is reserved, and then the home."""
    detox = stage(10, "home", asks=["detox", "home"], hold=hold)  # type: ignore[arg-type]
    return {
        "capacities": {"detox": {"beds": 2}, "home": {"beds": 1}},
        "stages": {
            "detox": detox,
            "home": stage(30, asks="home"),
            "walk_in": stage(5, asks="home"),
        },
    }


def test_a_bed_is_reserved_before_detox() -> None:
    """Hold that detox waits for both beds, and that its client goes on with the one reserved.

    The second waits for the home's bed, which is taken from 0 to 40, though detox is empty.
    """
    assert tell(reserving(), [(0, "detox"), (1, "detox")]) == [
        (0, "detox", 0, 0, 10, "completed"),
        (0, "home", 10, 10, 40, "completed"),
        (1, "detox", 1, 40, 50, "completed"),
        (1, "home", 50, 50, 80, "completed"),
    ]


def test_without_holding_the_reserved_bed_is_lost() -> None:
    """Hold that all places are given back at the end, so that those who wait for one come first."""
    told = tell(reserving(hold=False), [(0, "detox"), (1, "walk_in")])
    assert told == [
        (0, "detox", 0, 0, 10, "completed"),
        (0, "home", 10, 15, 45, "completed"),
        (1, "walk_in", 1, 10, 15, "completed"),
    ]


def test_who_needs_one_place_overtakes_who_needs_two() -> None:
    """Hold that what the first on a list cannot use is given to the next who can.

    Detox has one bed, taken from 0 to 10 by the first, who has the home's bed as well until 40. The
    second waits for both from 1. At 40 the home's bed is free and detox too: it goes first.
    """
    service = reserving()
    service["capacities"]["home"]["beds"] = 2
    service["capacities"]["detox"]["beds"] = 1
    told = tell(service, [(0, "detox"), (1, "detox"), (2, "walk_in")])
    assert told == [
        (0, "detox", 0, 0, 10, "completed"),
        (0, "home", 10, 10, 40, "completed"),
        (1, "detox", 1, 10, 20, "completed"),
        (1, "home", 20, 20, 50, "completed"),
        (2, "walk_in", 2, 2, 7, "completed"),
    ]


# --- bought places -----------------------------------------------------------------------------


def bought(budget_days: float, at_most: float) -> dict[str, Any]:
    """Return two private beds with a budget of so many days a year, at 10 a day."""
    beds = {
        "beds": 2,
        "bought": {
            "price_per_day": 10,
            "at_most_days": at_most,
            "budget_per_year": budget_days * 10,
        },
    }
    return {
        "currency": "NOK",
        "capacities": {"private": beds},
        "stages": {
            "private": stage(2 * DAY, asks="private"),
            "long": stage(50 * DAY, asks="private"),
        },
    }


def test_a_budget_is_never_exceeded() -> None:
    """Hold that nobody is placed once the budget would not pay for all the days; a new year does.

    Of 10 days a year, each stay sets 4 aside and uses 2. From 1 January: 10 left; at day 0 two come
    (2 left, both beds taken); at day 2 both are done and 2 come back for each (6 left); the third
    begins (2 left) and the fourth cannot, though a bed is free. At day 4 it is 4: the fourth begins
    (0 left), and at day 6 it is 2: the fifth waits for the new year, on day 365.
    """
    told = tell(bought(10, 4), [(0, "private")] * 5, 370 * DAY)
    assert [began for _, _, _, began, _, _ in told] == [0, 0, 2 * DAY, 4 * DAY, 365 * DAY]


def test_a_bought_place_is_had_no_longer_than_is_paid() -> None:
    """Hold that a stay ends as completed after the most days that are bought, and uses them all."""
    told = tell(bought(10, 4), [(0, "long")] * 3, 300 * DAY)
    assert [(began, ended, fate) for _, _, _, began, ended, fate in told] == [
        (0, 4 * DAY, "completed"),
        (0, 4 * DAY, "completed"),
        (None, None, "waiting"),
    ]


def test_without_a_budget_only_places_count() -> None:
    """Hold that places that are bought without a budget are as many as there are."""
    service = bought(10, 4)
    del service["capacities"]["private"]["bought"]["budget_per_year"]
    told = tell(service, [(0, "private")] * 5, 30 * DAY)
    assert [began for _, _, _, began, _, _ in told] == [0, 0, 2 * DAY, 2 * DAY, 4 * DAY]
