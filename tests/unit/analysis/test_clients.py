"""What becomes of each client in the first year, on records worked out by hand."""

from dataclasses import replace

import numpy as np
from scipy.integrate import quad
from tests.unit.analysis.test_wellbeing import ANNA, BO, CAI
from tests.unit.analysis.test_wellbeing import READING as FARING

from simcare.analysis.clients import (
    DIED_IN_A_YEAR,
    EVENTS,
    GAVE_UP,
    RELAPSED_AFTER,
    STARTED,
    Clients,
    Grouping,
    clients_of,
)
from simcare.analysis.records import People, Reading, Records
from simcare.analysis.terms import BANDS, Trait
from simcare.analysis.wellbeing import first_years, measure_wellbeing
from simcare.kernels.tables import (
    COMPLETED,
    DIED,
    LEFT,
    RELAPSED,
    STAYING,
    TICKS_PER_DAY,
    VISIT,
    WAITING,
)

GP, WARD, HOME = range(3)
OPEN = -1
READING = Reading(
    stages=("gp", "ward", "home"),
    capacities=(),
    capacities_of=((), (), ()),
    places=(),
    referral_received=(),
    first_help=(GP,),
    treatment=(WARD,),
    bed=(),
    discharge=(WARD,),
    on_the_way=(GP, WARD),
    phases=(0, 2, 3),
    warm_up=100 * TICKS_PER_DAY,
    horizon=600 * TICKS_PER_DAY,
    deadline_days=90,
    uncounted=(1,),
    traits=(Trait("region", 4, ("north", "south")), Trait("severity", 1)),
    is_compared=True,
)
# Days of (client, episode, stage, queued, started, ended, fate). Seen for a year are those who ask
# from day 100 to 235. Anna asked before. Bo is treated and relapses. Cai gives up, comes back, and
# relapses after treatment, 360 days after first asking. Dag relapses without any treatment and dies
# after 365 days. Eva starts treatment after 366 days, Fay after 365. Gus cannot be seen for a year.
# Hal called an advice line, and is none who asks for help himself.
STORY = (
    (0, 1, WARD, 60, 60, 90, COMPLETED),
    (1, 1, WARD, 110, 150, 170, COMPLETED),
    (1, 1, HOME, 170, 170, 300, RELAPSED),
    (2, 1, WARD, 120, OPEN, 200, LEFT),
    (2, 2, WARD, 250, 260, 300, COMPLETED),
    (2, 2, HOME, 300, 300, 480, RELAPSED),
    (3, 1, GP, 130, 130, 140, COMPLETED),
    (3, 1, HOME, 140, 140, 150, RELAPSED),
    (3, 2, GP, 160, OPEN, 495, DIED),
    (4, 1, WARD, 140, 506, OPEN, STAYING),
    (5, 1, WARD, 235, 600, OPEN, STAYING),
    (6, 1, WARD, 236, OPEN, OPEN, WAITING),
    (7, 1, WARD, 200, 210, OPEN, STAYING),
)
IDS = np.arange(8, dtype=np.uint64) + np.uint64(7 << 32)
SEVERITY = (0.5, 0.39, 0.4, 0.59, 0.6, 1.0, 0.5, 0.5)
PEOPLE = People(
    streams=np.array([0, 0, 0, 0, 0, 0, 0, 1]),
    attributes=np.array([[0.9, s, 1.0, 0.0, k % 2] for k, s in enumerate(SEVERITY)]),
    ids=IDS,
)


def records(*rows: tuple[int, ...], reading: Reading = READING) -> Records:
    """Return visits as records, with the people of the story."""
    visits = np.zeros(len(rows), VISIT)
    for visit, (client, episode, stage, *days, fate) in zip(visits, rows, strict=True):
        visit["client"], visit["stage"], visit["fate"] = client, stage, fate
        visit["episode"] = episode
        for name, day in zip(("queued", "started", "ended"), days, strict=True):
            visit[name] = OPEN if day == OPEN else day * TICKS_PER_DAY
    return Records(visits, reading, PEOPLE)


def told(*rows: tuple[int, ...]) -> Clients:
    """Return what became of the clients of the story, or of others."""
    found = clients_of(records(*(rows or STORY)), None)
    assert found is not None
    return found


def test_told_are_those_who_are_followed_and_seen_for_a_year() -> None:
    """Expected: by hand, as said above: Bo to Fay."""
    found = told()
    assert found.ids.tolist() == IDS[1:6].tolist()
    assert (found.asked / TICKS_PER_DAY).tolist() == [110, 120, 130, 140, 235]
    assert found.wellbeing is None


def test_events_are_those_of_a_year() -> None:
    """Expected: by hand; what is on the last day counts, and what is a day later does not."""
    happened = {name: row.tolist() for name, row in zip(EVENTS, told().events, strict=True)}
    assert happened == {
        STARTED: [True, False, False, False, True],
        GAVE_UP: [False, True, False, False, False],
        RELAPSED_AFTER: [True, True, False, False, False],
        DIED_IN_A_YEAR: [False, False, True, False, False],
    }


def test_a_death_after_a_year_is_none() -> None:
    """Expected: by hand: 366 days after asking."""
    row = (3, 1, GP, 130, 130, 496, DIED)
    assert not told(row).events[EVENTS.index(DIED_IN_A_YEAR)].any()


def test_who_gives_up_after_a_year_has_not_within_it() -> None:
    """Expected: by hand: on the last day of the year one does, and a day later one does not."""
    for day, gave_up in ((495, True), (496, False)):
        events = told((3, 1, WARD, 130, OPEN, day, LEFT)).events
        assert events[EVENTS.index(GAVE_UP)].tolist() == [gave_up]


def test_groups_are_categories_and_bands() -> None:
    """Expected: by hand: a band begins with its edge; clients alternate between the regions."""
    found = told()
    assert found.groupings == (Grouping("region", ("north", "south")), Grouping("severity", BANDS))
    assert found.groups.tolist() == [[1, 0, 1, 0, 1], [0, 1, 1, 2, 2]]


def test_without_a_comparison_nobody_is_told_one_by_one() -> None:
    """Hold that a run of one policy keeps nothing of single clients."""
    assert clients_of(records(*STORY, reading=replace(READING, is_compared=False)), None) is None


def test_the_year_of_each_makes_the_mean_of_all() -> None:
    """One alone fares as all do; of several, all days count alike.

    Expected: the weighted mean of Anna's two areas integrated numerically, 1 point of 4 at work;
    then the mean of all over days: 365 of Anna and of Bo, 100 of Cai.
    """
    rows = [(c, 1, *rest) for c, *rest in (*ANNA, *BO, *CAI)]
    people = [records(*(r for r in rows if r[0] == k), reading=FARING) for k in range(3)]
    each = []
    for one in people:
        years, everybody = first_years(one), np.ones(1, np.bool_)
        assert years is not None
        (found,) = years.of_each(everybody)
        (whole, *_) = measure_wellbeing(one, years).values()
        assert np.isclose(found, whole, rtol=1e-12)
        each.append(found)
    together = records(*rows, reading=FARING)
    (whole, *_) = measure_wellbeing(together, first_years(together)).values()
    assert np.isclose(whole, np.average(each, weights=[365, 365, 100]), rtol=1e-12)


def test_one_fares_as_the_drift_says() -> None:
    """Expected: by numerical integration: Cai waits for 20 days, then is in the ward for 80."""
    (row,) = CAI
    years = first_years(records((0, 1, *row[1:]), reading=FARING))
    assert years is not None
    (found,) = years.of_each(np.ones(1, np.bool_))

    def health(t: float) -> float:
        waited = 0.2 + 0.2 * 2 ** (-min(t, 20) / 100)
        return waited if t < 20 else 0.9 + (waited - 0.9) * 2 ** (-(t - 20) / 60)

    def work(t: float) -> float:
        return 0.3 if t < 20 else 0.6 - 0.3 * 2 ** (-(t - 20) / 90)

    means = [quad(area, 0, 100, points=[20])[0] / 100 for area in (health, work)]
    assert np.isclose(found, 100 * (3 * means[0] + means[1]) / 4, rtol=1e-9)
