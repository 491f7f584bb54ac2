"""Lives written out by hand, and what is told of them step by step."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from simcare.analysis.trace import (
    LATER,
    SOONER,
    WAIT,
    WHEN_ASKED,
    Choice,
    Client,
    Crowd,
    Lives,
    choose,
    crowd,
    helping,
    steps,
    treated,
)
from simcare.kernels.tables import (
    COMPLETED,
    DIED,
    HOLDING,
    LEFT,
    MISSED,
    MOVED,
    RELAPSED,
    STAYING,
    TICKS_PER_DAY,
    VISIT,
    WAITING,
    Rows,
)

STAGES = ("referral", "ward", "home")
REFERRAL, WARD, HOME = range(3)
HELP = frozenset({"ward"})
OPEN, HORIZON = -1, 100

Told = tuple[int, int, int, int, int]  # stage, then days: queued, started, ended; and the fate


def visits(*rows: Told, client: int = 0, episodes: Sequence[int] = ()) -> Rows:
    """Return VISIT rows of one client; motivation falls from 0.8 by a hundredth a day."""
    found = np.zeros(len(rows), VISIT)
    for k, (stage, queued, started, ended, fate) in enumerate(rows):
        found[k]["client"], found[k]["stage"], found[k]["fate"] = client, stage, fate
        found[k]["episode"] = episodes[k] if episodes else 1
        for name, day in (("queued", queued), ("started", started), ("ended", ended)):
            found[k][name] = day if day == OPEN else day * TICKS_PER_DAY
            found[k][f"motivation_{name}"] = np.nan if day == OPEN else 0.8 - day / 100
            found[k][f"severity_{name}"] = np.nan if day == OPEN else 0.5
    return found


def told(rows: Rows) -> list[tuple[int, str, str, int]]:
    """Return the steps of some visits as (day, event, stage, day since)."""
    found = steps(rows, STAGES, HELP, HORIZON * TICKS_PER_DAY)
    return [(s.tick // TICKS_PER_DAY, s.event, s.stage, s.since // TICKS_PER_DAY) for s in found]


def test_a_life_with_a_wait_a_relapse_and_a_second_attempt() -> None:
    """Expected: by hand. What is only passed is not ended in words: what follows says it."""
    rows = visits(
        (REFERRAL, 1, 1, 4, COMPLETED),
        (WARD, 4, 24, 44, COMPLETED),
        (HOME, 44, 44, 60, RELAPSED),
        (REFERRAL, 60, 60, 62, COMPLETED),
        (WARD, 62, 62, OPEN, STAYING),
        episodes=(1, 1, 1, 2, 2),
    )
    assert told(rows) == [
        (1, "asked", "referral", 1),
        (4, "joined", "ward", 4),
        (24, "began", "ward", 4),
        (44, "completed", "ward", 24),
        (44, "went_on", "home", 44),
        (60, "relapsed", "home", 44),
        (60, "asked_again", "referral", 60),
        (62, "began_at_once", "ward", 62),
        (100, "staying", "ward", 62),
    ]
    assert treated(rows, [WARD]) == (24 * TICKS_PER_DAY, 1)
    assert treated(rows[3:], [WARD]) == (62 * TICKS_PER_DAY, 2)
    assert treated(rows, []) is None


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ((WARD, 4, OPEN, 9, LEFT), [("left_on_the_list", 4), ("gone", 4)]),
        ((WARD, 4, OPEN, 9, DIED), [("died_on_the_list", 4)]),
        ((WARD, 4, OPEN, OPEN, WAITING), [("waiting", 4)]),
        ((WARD, 4, 6, 9, LEFT), [("began", 4), ("left", 6), ("gone", 6)]),
        ((WARD, 4, 6, 9, DIED), [("began", 4), ("died", 6)]),
        ((WARD, 4, OPEN, 9, MOVED), [("moved_on_the_list", 4), ("gone", 4)]),
    ],
)
def test_how_a_life_can_end(last: Told, expected: list[tuple[str, int]]) -> None:
    """Expected: by hand. Who dies or is still there has not gone; the rest have no more contact."""
    found = told(visits((REFERRAL, 1, 1, 4, COMPLETED), last))
    assert [(event, since) for _, event, _, since in found[2:]] == expected


def test_an_offer_that_is_missed_is_no_beginning() -> None:
    """Expected: by hand: told at the offer, with the days on the list; it is no treatment."""
    once = visits((WARD, 1, 4, 5, MISSED), (WARD, 5, 5, OPEN, STAYING))
    assert told(once) == [
        (1, "asked", "ward", 1),
        (1, "joined", "ward", 1),
        (4, "missed", "ward", 1),
        (5, "began_at_once", "ward", 5),
        (100, "staying", "ward", 5),
    ]
    assert treated(once, [WARD]) == (5 * TICKS_PER_DAY, 1)
    assert told(visits((WARD, 1, 1, 2, MISSED)))[1:] == [
        (1, "missed", "ward", 1),
        (2, "gone", "ward", 1),
    ]
    assert told(visits((WARD, 1, 4, OPEN, MISSED)))[2:] == [(4, "missed", "ward", 1)]


def test_whoever_is_not_referred_has_no_more_contact() -> None:
    """Expected: by hand: a stage only passed that nothing follows ends in words, in one step."""
    assert told(visits((REFERRAL, 1, 1, 4, COMPLETED))) == [
        (1, "asked", "referral", 1),
        (4, "gone_after", "referral", 1),
    ]


@pytest.mark.parametrize("first", [(WARD, 1, 1, 9, COMPLETED), (WARD, 1, 1, OPEN, HOLDING)])
def test_a_place_that_is_kept_is_told_when_the_stay_is_over(first: Told) -> None:
    """Expected: by hand: the stay is over on day 5, when the next is asked for, not on day 9."""
    second = (WARD, 5, 9, OPEN, STAYING) if first[3] != OPEN else (WARD, 5, OPEN, OPEN, WAITING)
    found = told(visits(first, second))
    assert found[:4] == [
        (1, "asked", "ward", 1),
        (1, "began_at_once", "ward", 1),
        (5, "completed_and_kept", "ward", 1),
        (5, "joined", "ward", 5),
    ]


def test_steps_say_how_motivation_and_severity_are() -> None:
    """Expected: by hand: 0.8 less a hundredth a day; joining a list has none of its own."""
    found = steps(visits((WARD, 10, 30, 50, COMPLETED)), STAGES, HELP, HORIZON * TICKS_PER_DAY)
    said = {s.event: (s.motivation, s.severity) for s in found}
    assert said["asked"] == pytest.approx((0.7, 0.5))
    assert said["began"] == pytest.approx((0.5, 0.5))
    assert said["completed"] == pytest.approx((0.3, 0.5))
    assert said["joined"] == said["gone"] == (None, None)


def test_help_is_what_has_places_or_is_marked_as_such() -> None:
    """Expected: by hand: the receipt of a referral is no help."""
    stages = {"referral": "", "talks": "", "ward": "beds", "home": ""}
    marks = {"referral_received": ("referral",), "treatment": ("talks", "ward")}
    assert helping(stages, marks) == {"talks", "ward"}


# --- whose way is told ---------------------------------------------------------------------------


def people(waits: Mapping[int, int | None], stream: str = "all") -> Crowd:
    """Return a crowd: who asks on the day of the own number, and waits so many days, if served."""
    clients = {n: Client(stream, n) for n in waits}
    return Crowd(
        {clients[n]: n * TICKS_PER_DAY for n in waits},
        {clients[n]: (n + w) * TICKS_PER_DAY for n, w in waits.items() if w is not None},
    )


def asking(first: int, last: int) -> range:
    """Return the ticks of some days."""
    return range(first * TICKS_PER_DAY, last * TICKS_PER_DAY)


def test_the_middle_difference_is_chosen() -> None:
    """Expected: by hand: 8, 4 and 1 days later, of those who asked in time; 7 is 9 days sooner.

    Client 1 asks too early, 8 too late, 5 is not served, 6 is served on the same day. Seen the
    other way round, most are served sooner, by as much.
    """
    before = people({1: 50, 2: 10, 3: 10, 4: 10, 5: 10, 6: 10, 7: 20, 8: 9})
    after = people({1: 90, 2: 18, 3: 11, 4: 14, 5: None, 6: 10, 7: 11, 8: 70})
    chosen = choose([before, after], asking(2, 8))
    assert chosen == Choice(Client("all", 4), LATER, 3, followed=True, others=1)
    assert choose([after, before], asking(2, 8)) == replace(chosen, rule=SOONER)


def test_differences_that_do_not_matter_are_no_example() -> None:
    """Expected: by hand: of 8, 4 and 1 days the last counts no more from 3 days on; 4 is the lower.

    From 9 days on nothing does: then it is by when they asked.
    """
    before, after = people({2: 10, 3: 10, 4: 10}), people({2: 18, 3: 11, 4: 14})
    chosen = choose([before, after], asking(2, 8), 3.0)
    assert chosen == Choice(Client("all", 4), LATER, 2, followed=True, least_days=3.0)
    none = choose([before, after], asking(2, 8), 9.0)
    assert none is not None
    assert (none.client.number, none.rule) == (3, WHEN_ASKED)


def test_with_one_policy_the_middle_wait_is_chosen() -> None:
    """Expected: by hand: waits 1, 5, 9 and 30; of an even number the lower of the middle two."""
    found = choose([people({1: 30, 2: 9, 3: 1, 4: None, 5: 5})], asking(0, 10))
    assert found == Choice(Client("all", 5), WAIT, 4, followed=True)


def test_where_nothing_differs_the_middle_one_who_asked_is_chosen() -> None:
    """Expected: by hand: nobody asks in time, so all count; then by when they asked."""
    same = people({1: 3, 2: None, 4: 3})
    assert choose([same, same], asking(20, 30)) == Choice(
        Client("all", 2), WHEN_ASKED, 3, followed=False
    )
    assert choose([same, people({1: 3}, "others")], asking(0, 30)) is None


def test_a_crowd_is_read_off_the_records() -> None:
    """Expected: by hand: the first asking, and the first treatment of the first episode alone."""
    rows = np.concatenate(
        [
            visits((REFERRAL, 1, 1, 4, COMPLETED), (WARD, 4, 7, 9, COMPLETED), client=0),
            visits((REFERRAL, 2, 2, 4, LEFT), (WARD, 5, 6, 9, LEFT), client=1, episodes=(1, 2)),
        ]
    )
    who = np.array([1, 1, 0, 0])
    found = crowd(Lives(rows, STAGES, ("a", "b"), who, np.array([7, 7, 3, 3])), [WARD])
    assert found.asked == {Client("b", 7): TICKS_PER_DAY, Client("a", 3): 2 * TICKS_PER_DAY}
    assert found.treated == {Client("b", 7): 7 * TICKS_PER_DAY}
