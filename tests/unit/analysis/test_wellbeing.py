"""How people fare, on records worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from simcare.analysis.outcomes import Outcome
from simcare.analysis.records import Reading, Records
from simcare.analysis.terms import Fares
from simcare.analysis.wellbeing import QALYS, WELLBEING, first_years, measure_wellbeing
from simcare.kernels.tables import COMPLETED, DIED, NONE, STAYING, TICKS_PER_DAY, VISIT

WARD, HOME = range(2)
WAITING, USING, SOBER, NOTHING, OUTSIDE, DEAD = range(6)
HEALTH, WORK = range(2)
TOWARDS = np.array([[0.2, 0], [0.2, 0.1], [0.9, 0.6], [0, 0], [0.5, 0], [0, 0]], float)
HALF = np.array([[100, 0], [200, 50], [60, 90], [0, 0], [400, 0], [1e-9, 1e-9]], float)
FARES = Fares(
    areas=("health", "work"),
    at_first=np.array([0.4, 0.3]),
    weights=np.array([3.0, 1.0]),
    towards=TOWARDS,
    half_life_days=HALF,
    while_waiting=(WAITING, NOTHING),
    while_there=(SOBER, USING),
    outside=OUTSIDE,
    dead=DEAD,
    utility=HEALTH,
)
READING = Reading(
    stages=("ward", "home"),
    capacities=("beds",),
    capacities_of=((0,), ()),
    places=(((0, 1),),),
    referral_received=(),
    first_help=(WARD,),
    treatment=(WARD,),
    bed=(WARD,),
    discharge=(WARD,),
    on_the_way=(WARD,),
    phases=(0, 1),
    warm_up=0,
    horizon=500 * TICKS_PER_DAY,
    deadline_days=90.0,
    fares=FARES,
)
# Days of (client, stage, queued, started, ended, fate).
ANNA = ((0, WARD, 10, 40, 100, COMPLETED), (0, HOME, 100, 100, 200, COMPLETED))
BO = ((1, WARD, 20, 20, 120, DIED),)
CAI = ((2, WARD, 400, 420, -1, STAYING),)


Row = tuple[int, int, float, float, float, int]


def measured(*rows: Row, **changed: object) -> dict[str, float]:
    """Return how these fare, by outcome."""
    visits = np.zeros(len(rows), VISIT)
    for visit, (client, stage, *days, fate) in zip(visits, rows, strict=True):
        visit["client"], visit["stage"], visit["fate"], visit["episode"] = client, stage, fate, 1
        for name, day in zip(("queued", "started", "ended"), days, strict=True):
            visit[name] = -1 if day < 0 else day * TICKS_PER_DAY
    records = Records(visits, replace(READING, **changed))  # type: ignore[arg-type]
    found = measure_wellbeing(records, first_years(records))
    assert all(isinstance(outcome, Outcome) for outcome in found)
    return {outcome.name: value for outcome, value in found.items()}


def path(area: int, *phases: tuple[int, float]) -> float:
    """Return the integral of an area over phases of (condition, days), by numerical integration."""
    now, total = float(FARES.at_first[area]), 0.0
    for condition, days in phases:
        towards, half = TOWARDS[condition, area], HALF[condition, area]

        def value(t: float, now: float, towards: float, half: float) -> float:
            return now if half == 0 else towards + (now - towards) * 2 ** (-t / half)

        total += quad(value, 0, days, (now, towards, half))[0]
        now = value(days, now, towards, half)
    return total


def test_areas_move_with_where_somebody_is() -> None:
    """Anna waits 30 days, is sober for 60, uses for 100, then is outside for 175."""
    phases = ((WAITING, 30), (SOBER, 60), (USING, 100), (OUTSIDE, 175))
    health, work = path(HEALTH, *phases) / 365, path(WORK, *phases) / 365
    assert measured(*ANNA) == pytest.approx(
        {
            WELLBEING: 100 * (3 * health + work) / 4,
            f"{WELLBEING}: health": 100 * health,
            f"{WELLBEING}: work": 100 * work,
            QALYS: health,
        }
    )


def test_who_died_has_nothing_from_then_on() -> None:
    """Bo is sober for 100 days of his year, and dead for 265."""
    health = path(HEALTH, (SOBER, 100)) / 365
    assert measured(*BO)[QALYS] == pytest.approx(health, rel=1e-9)


def test_whoever_is_seen_for_less_than_a_year_counts_for_less() -> None:
    """Cai is seen for 100 days: 20 of waiting and 80 in the ward. The mean is over all days."""
    anna = path(HEALTH, (WAITING, 30), (SOBER, 60), (USING, 100), (OUTSIDE, 175))
    cai = path(HEALTH, (WAITING, 20), (SOBER, 80))
    expected = (anna + path(HEALTH, (SOBER, 100)) + cai) / (365 + 365 + 100)
    assert measured(*ANNA, *BO, *CAI)[QALYS] == pytest.approx(expected, rel=1e-9)


def test_of_nobody_nothing_is_known() -> None:
    """Who asked before the time measured is not followed."""
    found = measured(*ANNA, warm_up=50 * TICKS_PER_DAY)
    assert set(found) == {WELLBEING, f"{WELLBEING}: health", f"{WELLBEING}: work", QALYS}
    assert np.isnan(list(found.values())).all()


def test_where_nothing_is_told_nothing_is_measured() -> None:
    """Without areas there is no wellbeing, without a utility no life years."""
    assert measured(*ANNA, fares=None) == {}
    assert QALYS not in measured(*ANNA, fares=replace(FARES, utility=NONE))
