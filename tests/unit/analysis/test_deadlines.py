"""Deadlines measured on lives written out by hand, and on many told one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcare.analysis.deadlines import measure_deadlines, running
from simcare.analysis.outcomes import Outcome
from simcare.analysis.records import NOT_YET, People, Reading, Records
from simcare.analysis.terms import Rule, Terms
from simcare.engines.lowered_deadlines import least_written_as
from simcare.kernels.tables import (
    COMPLETED,
    DIED,
    HOLDING,
    LEFT,
    MISSED,
    MOVED,
    OWN_COLUMNS,
    SEVERITY,
    STAYING,
    TICKS_PER_DAY,
    VISIT,
    WAITING,
    Rows,
)

DAY, OPEN = TICKS_PER_DAY, -1
HORIZON, WARM_UP = 100, 10
DESK, WARD, HOME, PAUSE = range(4)

Visit = tuple[int, int, int, int, int]  # stage; days: queued, started, ended; and the fate

BED = Terms(
    name="bed",
    after=False,
    begins=(DESK,),
    keeps=(WARD,),
    leads=(DESK, WARD, PAUSE),
    not_counting=(PAUSE,),
    rules=(Rule(((SEVERITY, least_written_as(0.7), np.inf),), 14 * DAY), Rule((), 20 * DAY)),
)
READING = Reading(
    stages=("desk", "ward", "home", "pause"),
    capacities=(),
    capacities_of=((), (), (), ()),
    places=(),
    referral_received=(),
    first_help=(),
    treatment=(WARD,),
    bed=(),
    discharge=(),
    on_the_way=(),
    phases=(0, 2, 3, 0),
    warm_up=WARM_UP * DAY,
    horizon=HORIZON * DAY,
    deadline_days=90,
    deadlines=(BED,),
    day_ends=tuple((day + 1) * DAY for day in range(WARM_UP, HORIZON)),
    month_edges=(10 * DAY, 31 * DAY, 59 * DAY),
)


class Life(NamedTuple):
    """The visits of a client, perhaps of several episodes, and how severe it is throughout."""

    visits: Sequence[Visit]
    severity: float = 0.5
    episodes: Sequence[int] = ()


def records(lives: Sequence[Life], terms: Terms = BED, people: People | None = None) -> Records:
    """Return the records of some lives, read for one deadline."""
    rows: Rows = np.zeros(sum(len(life.visits) for life in lives), VISIT)
    k = 0
    for client, life in enumerate(lives):
        for number, (stage, queued, started, ended, fate) in enumerate(life.visits):
            rows[k]["client"], rows[k]["stage"], rows[k]["fate"] = client, stage, fate
            rows[k]["episode"] = life.episodes[number] if life.episodes else 1
            for name, day in (("queued", queued), ("started", started), ("ended", ended)):
                rows[k][name] = day if day == OPEN else day * DAY
                rows[k][f"severity_{name}"] = life.severity
            k += 1
    return Records(rows, replace(READING, deadlines=(terms,)), people)


def asked(day: int, *further: Visit) -> tuple[Visit, ...]:
    """Return the visits of somebody who asks at the desk, is there for a day, and goes on."""
    return ((DESK, day, day, day + 1, COMPLETED), *further)


def became(life: Life, terms: Terms = BED, people: People | None = None) -> list[str]:
    """Return what became of the deadlines of one life."""
    found = running(records([life], terms, people), terms)
    return [
        "met" if met else "lapsed" if lapsed else "breached" if breached else "open"
        for met, lapsed, breached in zip(
            found.is_met, found.is_lapsed, found.is_breached, strict=True
        )
    ]


# Asked on day 11: due on day 31, or on day 25 for the severely ill.
ONE_BY_ONE: list[tuple[Life, list[str]]] = [
    (Life(asked(11, (WARD, 12, 20, 50, COMPLETED))), ["met"]),
    (Life(asked(11, (WARD, 12, 31, 50, COMPLETED))), ["met"]),
    (Life(asked(11, (WARD, 12, 32, 50, COMPLETED))), ["breached"]),
    (Life(asked(11, (WARD, 12, 26, 50, COMPLETED)), 0.7), ["breached"]),
    (Life(asked(11, (WARD, 12, 26, 50, COMPLETED)), 0.69), ["met"]),
    (Life(asked(11, (WARD, 12, OPEN, 31, LEFT))), ["lapsed"]),
    (Life(asked(11, (WARD, 12, OPEN, 32, LEFT))), ["breached"]),
    (Life(asked(11, (WARD, 12, OPEN, 20, DIED))), ["lapsed"]),
    (Life(asked(11, (WARD, 12, OPEN, OPEN, WAITING))), ["breached"]),
    (Life(asked(90, (WARD, 91, OPEN, OPEN, WAITING))), ["open"]),
    (Life(asked(90, (WARD, 91, 99, OPEN, STAYING))), ["met"]),
    (Life(asked(11, (HOME, 12, 12, 20, COMPLETED))), ["lapsed"]),
    (Life(asked(11)), ["lapsed"]),
    # an offer that was missed is no start; a move is no end of the way
    (Life(asked(11, (WARD, 12, 15, 16, MISSED), (WARD, 16, 40, 50, COMPLETED))), ["breached"]),
    (Life(asked(11, (WARD, 12, 15, OPEN, MISSED))), ["breached"]),
    (Life(asked(11, (WARD, 12, OPEN, 20, MOVED), (WARD, 20, 30, 50, COMPLETED))), ["met"]),
    # visits that do not count: 28 days from day 12 on, so due on day 59
    (Life(asked(11, (PAUSE, 12, 12, 40, COMPLETED), (WARD, 40, 59, 70, COMPLETED))), ["met"]),
    (Life(asked(11, (PAUSE, 12, 12, 40, COMPLETED), (WARD, 40, 60, 70, COMPLETED))), ["breached"]),
    (Life(asked(11, (PAUSE, 12, 12, OPEN, STAYING))), ["open"]),
    # twice, 5 and 10 days: due on day 46; from day 32 on, which is too late: due on day 31
    (
        Life(
            asked(
                11,
                (PAUSE, 12, 12, 17, COMPLETED),
                (DESK, 17, 17, 20, COMPLETED),
                (PAUSE, 20, 20, 30, COMPLETED),
                (WARD, 30, 46, 50, COMPLETED),
            )
        ),
        ["met"],
    ),
    (
        Life(asked(11, (WARD, 12, OPEN, 32, MOVED), (PAUSE, 32, 32, 60, COMPLETED))),
        ["breached"],
    ),
    # a deadline for each episode, and once in each
    (
        Life(
            (*asked(11, (WARD, 12, OPEN, 40, LEFT)), *asked(40, (WARD, 41, 45, 50, COMPLETED))),
            episodes=(1, 1, 2, 2),
        ),
        ["breached", "met"],
    ),
    (Life((*asked(11), *asked(12, (WARD, 13, 31, 50, COMPLETED)))), ["met"]),
    (Life(((WARD, 11, 11, 50, COMPLETED),)), []),
]


@pytest.mark.parametrize(("life", "expected"), ONE_BY_ONE)
def test_what_becomes_of_a_deadline(life: Life, expected: list[str]) -> None:
    """Expected: by hand, from the rules above."""
    assert became(life) == expected


ONWARD = replace(
    BED, name="onward", after=True, keeps=(HOME,), leads=(DESK, WARD, HOME), not_counting=(),
    rules=(Rule((), 0),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("further", "expected"),
    [
        (((HOME, 12, 12, 20, COMPLETED),), ["met"]),
        (((WARD, 12, 12, 12, COMPLETED), (HOME, 12, 12, 20, COMPLETED)), ["met"]),
        (((HOME, 12, 13, 20, COMPLETED),), ["breached"]),
        (((PAUSE, 12, 12, 20, COMPLETED),), ["lapsed"]),
        ((), ["lapsed"]),
    ],
)
def test_at_once_after_a_completion(further: tuple[Visit, ...], expected: list[str]) -> None:
    """Expected: by hand: within no day, counted from the end of the desk on day 12."""
    assert became(Life(asked(11, *further)), ONWARD) == expected


def test_a_place_that_is_met_meanwhile_puts_nothing_off() -> None:
    """Expected: by hand: the desk is completed on day 12, when home is asked for, not on day 15."""
    held = ((DESK, 11, 11, 15, COMPLETED), (HOME, 12, 15, 20, COMPLETED))
    assert became(Life(held), ONWARD) == ["breached"]
    waits = ((DESK, 11, 11, OPEN, HOLDING), (HOME, 12, OPEN, OPEN, WAITING))
    assert became(Life(waits), ONWARD) == ["breached"]
    assert became(Life(((DESK, 11, 11, 15, LEFT),)), ONWARD) == []


def test_the_state_at_a_completion_counts() -> None:
    """Expected: by hand: 14 days from day 12 on for who is severely ill then, 20 for others.

    Where the place is kept from then on, the state then is that of the next asking.
    """
    terms = replace(BED, after=True)
    found = records([Life(asked(11, (WARD, 12, 27, 50, COMPLETED)))], terms)
    assert running(found, terms).is_met.tolist() == [True]
    found.visits["severity_queued"][:] = 0.9
    assert running(Records(found.visits, found.reading), terms).is_met.tolist() == [True]
    found.visits["severity_ended"][0] = 0.9
    assert running(Records(found.visits, found.reading), terms).is_met.tolist() == [False]
    held = ((DESK, 11, 11, 27, COMPLETED), (WARD, 12, 27, 50, COMPLETED))
    found = records([Life(held)], terms)
    found.visits["severity_ended"][0] = 0.9
    assert running(found, terms).is_met.tolist() == [True]
    found.visits["severity_queued"][1] = 0.9
    assert running(Records(found.visits, found.reading), terms).is_met.tolist() == [False]


def test_attributes_of_the_arrival_choose_the_rule() -> None:
    """Expected: by hand: 5 days where the attribute is 1, else 20; ward on day 17."""
    terms = replace(BED, rules=(Rule(((OWN_COLUMNS, 1, 1.5),), 5 * DAY), Rule((), 20 * DAY)))
    life = Life(asked(11, (WARD, 12, 17, 50, COMPLETED)))
    for value, expected in ((1.0, ["breached"]), (0.0, ["met"]), (2.0, ["met"])):
        traits = np.full((1, OWN_COLUMNS + 1), value)
        people = People(np.zeros(1, np.int64), traits)
        assert became(life, terms, people) == expected
    with pytest.raises(ValueError, match="attributes of the clients are needed"):
        became(life, terms)


def test_a_table_of_due_ticks_is_read_by_the_day() -> None:
    """Expected: by hand: what begins on day 11 is due on day 14, on day 12 on day 20."""
    dues = [0] * HORIZON
    dues[11], dues[12] = 14 * DAY, 20 * DAY
    terms = replace(BED, rules=(Rule((), dues=tuple(dues)),))
    assert became(Life(asked(11, (WARD, 12, 15, 50, COMPLETED))), terms) == ["breached"]
    assert became(Life(asked(12, (WARD, 13, 15, 50, COMPLETED))), terms) == ["met"]


def told(lives: Sequence[Life]) -> tuple[dict[str, float], list[float], list[float]]:
    """Return what lives say: outcomes by name, late by day from day 10 on, breached by month."""
    measured, lateness = measure_deadlines(records(lives))
    outcomes = {outcome.name: value for outcome, value in measured.items()}
    return outcomes, lateness.late[0].tolist(), lateness.breached[0].tolist()


def test_outcomes_count_what_began_after_the_warm_up() -> None:
    """Expected: by hand; 90 days are measured, a year has 365."""
    lives = [
        Life(asked(9, (WARD, 10, 45, 50, COMPLETED))),  # before the warm-up
        Life(asked(10, (WARD, 11, 30, 50, COMPLETED))),  # met
        Life(asked(11, (WARD, 12, 33, 50, COMPLETED))),  # breached, 2 days late
        Life(asked(11, (WARD, 12, 35, 50, COMPLETED))),  # breached, 4 days late
        Life(asked(11, (WARD, 12, OPEN, 60, LEFT))),  # breached, never started
        Life(asked(11, (WARD, 12, OPEN, 20, LEFT))),  # lapsed
        Life(asked(90, (WARD, 91, OPEN, OPEN, WAITING))),  # open
    ]
    outcomes, late, breached = told(lives)
    assert outcomes == pytest.approx(
        {
            "deadline breached: bed": 75.0,
            "deadline began: bed": 6 * 365 / 90,
            "breaches: bed": 3 * 365 / 90,
            "deadline lapsed: bed": 100 / 6,
            "deadline open: bed": 100 / 6,
            "days late: bed": 3.0,
        }
    )
    # at the end of day 28 none is due, then the first (day 29); on 31 three more are due; they
    # begin or leave on days 33, 35, 45 and 60
    by_day = dict(zip(range(WARM_UP, HORIZON), late, strict=True))
    assert [by_day[day] for day in (28, 29, 30, 31, 32, 33, 34, 35, 44, 45, 59, 60, 99)] == [
        0, 1, 1, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0,
    ]  # fmt: skip
    assert breached == [1.0, 3.0]


def test_nobody_is_no_number() -> None:
    """Hold that shares and means over nobody are missing, and counts are 0."""
    outcomes, late, breached = told([])
    assert np.isnan([outcomes[f"{what}: bed"] for what in ("deadline breached", "days late")]).all()
    assert outcomes["deadline began: bed"] == outcomes["breaches: bed"] == 0
    assert (sum(late), sum(breached)) == (0, 0)


def test_a_service_without_deadlines_says_nothing_of_them() -> None:
    """Hold that there are no outcomes, and no deadlines on any of the days."""
    found = records([Life(asked(11))])
    measured, lateness = measure_deadlines(
        Records(found.visits, replace(found.reading, deadlines=()))
    )
    assert measured == {}
    assert lateness.late.shape == (0, 90)
    assert lateness.breached.shape == (0, 2)


def test_outcomes_say_whom_they_are_over() -> None:
    """Expected: a share of those decided; less of it is better."""
    measured, _ = measure_deadlines(records([]))
    assert (
        Outcome("deadline breached: bed", "those for whom it was met or breached", better=-1)
        in measured
    )


# --- told one by one -----------------------------------------------------------------------------


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Draw a life: visits one after the other, all but the last closed, in up to two episodes."""
    day, visits, episodes, episode = draw(st.integers(0, 30)), [], [], 1
    many = draw(st.integers(1, 7))
    for k in range(many):
        stage = draw(st.sampled_from((DESK, WARD, HOME, PAUSE)))
        wait, stay = draw(st.integers(0, 25)), draw(st.integers(0, 25))
        fate = draw(st.sampled_from((COMPLETED, COMPLETED, LEFT, MISSED, MOVED)))
        started = OPEN if fate in (MOVED, LEFT) and draw(st.booleans()) else day + wait
        started = OPEN if fate == MOVED else started
        ended = (day + wait if started == OPEN else started) + stay
        episodes.append(episode)
        if ended >= HORIZON:
            here = started if 0 <= started < HORIZON else OPEN
            visits.append((stage, day, here, OPEN, WAITING if here == OPEN else STAYING))
            break
        visits.append((stage, day, started, ended, fate))
        day = ended
        if k + 1 < many and draw(st.booleans()):
            episode += 1
    return Life(visits, draw(st.sampled_from((0.2, 0.7, 0.9))), episodes)


def read_aloud(life: Life, terms: Terms) -> Iterator[tuple[int, int, int, int]]:
    """Yield (begun, due, start, gone) in days of each deadline of a life, visit by visit."""
    never = NOT_YET
    for episode in sorted(set(life.episodes)):
        mine = [k for k, number in enumerate(life.episodes) if number == episode]
        begun = due = start = gone = never
        for k in mine:
            stage, queued, started, ended, fate = life.visits[k]
            if begun == never and not terms.after and stage in terms.begins:
                begun = queued
                due = begun + (14 if life.severity >= 0.7 else 20)
            if begun != never and queued >= begun:
                if stage not in terms.leads:
                    gone = min(gone, queued)
                if stage in terms.keeps and started != OPEN and fate != MISSED:
                    start = min(start, started)
                if stage in terms.not_counting and queued <= due:
                    due = never if ended == OPEN else due + ended - queued
            if begun == never and terms.after and stage in terms.begins and fate == COMPLETED:
                begun = ended
                due = begun + (14 if life.severity >= 0.7 else 20)
            last = k == mine[-1]
            if begun != never and last and ended != OPEN:
                gone = min(gone, ended)
        if begun != never:
            yield begun, due, start, gone


def test_of_breaches_nothing_is_said_where_none_could_come() -> None:
    """Whoever asks on day 81 or later is due on day 101 or later, past the end of the run.

    So one who is served in time says nothing. Of twelve, one who asked on day 79 is too few, of ten
    she is enough, and nobody is breached.
    """
    late = [Life(asked(81, (WARD, 82, 83, 90, COMPLETED)))]
    before = Life(asked(79, (WARD, 80, 81, 90, COMPLETED)))
    share = ("deadline breached: bed", "those for whom it was met or breached", "", "of 100", -1)
    rate = ("breaches: bed", "all for whom it began", "", "a year", -1)
    for lives, expected in (
        (late, np.nan),
        ([before, *late * 11], np.nan),
        ([before, *late * 9], 0.0),
    ):
        told, _ = measure_deadlines(records(lives))
        found = [told[Outcome(*outcome)] for outcome in (share, rate)]
        assert found == pytest.approx([expected, expected], nan_ok=True)


@given(lives=st.lists(lives(), max_size=6), after=st.booleans())
def test_many_lives_at_once_are_as_each_alone(lives: list[Life], after: bool) -> None:
    """Hold that all at once come to the same as lives read aloud, visit by visit."""
    terms = replace(BED, after=after)
    found = running(records(lives, terms), terms)
    expected = [ticks for life in lives for ticks in read_aloud(life, terms)]
    ours = zip(found.begun, found.due, found.start, found.gone, strict=True)
    in_days = [
        tuple(NOT_YET if tick == NOT_YET else int(tick) // DAY for tick in ticks) for ticks in ours
    ]
    assert in_days == expected
