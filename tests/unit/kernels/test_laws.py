"""The laws of a client: distributions against SciPy, hazards against their integrals."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from simcare.engines.lowered_lives import Lowering
from simcare.engines.lowering import lower
from simcare.engines.program import Program
from simcare.kernels import laws
from simcare.kernels import tables as t
from simcare.kernels.draws import CLOCK, EARLY, STAY, uniform
from simcare.kernels.lives import begin_episode, clock_time
from simcare.model.distributions import Distribution, Hazard
from simcare.model.scenario import Scenario

UNIFORMS = (1e-12, 1e-6, 0.001, 0.05, 0.2, 0.5, 0.7123, 0.95, 0.999, 1 - 1e-9)
# A test of fit below fails by chance at one in 10,000 seeds; the seed is fixed.
FALSE_ALARM = 1e-4
MANY = 20_000
POPULATION = {
    "motivation": {"number": {"fixed": 1}},
    "severity": {"number": {"fixed": 0}},
    "kind": {"shares": {"one": 0.5, "two": 0.3, "three": 0.2}},
    "age": {"number": {"fixed": 40}},
}


def scenario(**service: Any) -> Scenario:
    """Return a service of one stage, with what is given."""
    whole = {
        "arrivals": {"all": {"per_day": 1}},
        "ways_in": {"door": {"stage": "stay", "share": 1}},
        "stages": {"stay": {"stay_days": {"fixed": 1}, "next": {"completed": "out"}}},
        **service,
    }
    return Scenario.model_validate({"service": whole, "population": {"attributes": POPULATION}})


@dataclass
class Lowered:
    """One law as the engines have it."""

    rows: t.Rows
    points: t.Floats
    index: int

    def at(self, u: float) -> float:
        """Return the value at a uniform."""
        return laws.draw(self.rows, self.points, self.index, u)


def lowered(law: Distribution | Hazard) -> Lowered:
    """Return a law lowered as it is for an engine."""
    low = Lowering(scenario())
    index = low.law(law)
    points = np.array(low.rows.points or [(1.0, 0.0)])
    return Lowered(np.array([tuple(row) for row in low.rows.laws], t.LAW), points, index)


def distribution(**law: Any) -> Lowered:
    """Return a distribution by name, lowered."""
    return lowered(Distribution.model_validate(law))


def hazard(**law: Any) -> t.Row:
    """Return the row of a hazard by name."""
    made = lowered(Hazard.model_validate(law))
    return made.rows[made.index]


def log_normal(mean: float, sd: float) -> Any:
    """Return SciPy's log-normal distribution of a mean and standard deviation."""
    variance = math.log(1 + (sd / mean) ** 2)
    return stats.lognorm(math.sqrt(variance), scale=mean / math.sqrt((sd / mean) ** 2 + 1))


@dataclass
class LogLogistic:
    """The quantiles of survival 1 / (1 + (x / median) ** shape); SciPy's lose digits near 1."""

    median: float
    shape: float

    def ppf(self, u: float) -> float:
        """Return the quantile at a uniform."""
        return float(self.median * (u / (1 - u)) ** (1 / self.shape))


CLOSED: tuple[tuple[str, Any, Any], ...] = (
    ("exponential", {"mean": 7.5}, stats.expon(scale=7.5)),
    ("weibull", {"scale": 200, "shape": 0.7}, stats.weibull_min(0.7, scale=200)),
    ("weibull", {"scale": 3, "shape": 4}, stats.weibull_min(4, scale=3)),
    ("log_normal", {"mean": 8, "sd": 4}, log_normal(8, 4)),
    ("log_normal", {"mean": 40, "sd": 90}, log_normal(40, 90)),
    ("gamma", {"mean": 75, "shape": 2}, stats.gamma(2, scale=37.5)),
    ("gamma", {"mean": 10, "shape": 0.4}, stats.gamma(0.4, scale=25)),
    ("gamma", {"mean": 10, "shape": 33.3}, stats.gamma(33.3, scale=10 / 33.3)),
    ("log_logistic", {"median": 60, "shape": 0.65}, LogLogistic(60, 0.65)),
    ("uniform", {"low": -1, "high": 4}, stats.uniform(-1, 5)),
    ("triangular", {"low": 1, "mode": 2, "high": 9}, stats.triang(1 / 8, 1, 8)),
    ("triangular", {"low": 0, "mode": 0, "high": 1}, stats.triang(0, 0, 1)),
)


@pytest.mark.parametrize(("name", "numbers", "oracle"), CLOSED)
@pytest.mark.parametrize("u", UNIFORMS)
def test_a_distribution_is_that_of_scipy(
    name: str, numbers: dict[str, float], oracle: Any, u: float
) -> None:
    """Hold that a named distribution has SciPy's quantiles, to a relative 1e-12."""
    assert distribution(**{name: numbers}).at(u) == pytest.approx(oracle.ppf(u), rel=1e-12)


@pytest.mark.parametrize("u", UNIFORMS)
def test_a_fixed_value(u: float) -> None:
    """Hold that a fixed value comes out whatever the uniform."""
    assert distribution(fixed=3.25).at(u) == 3.25


@pytest.mark.parametrize("u", [0.0001, 0.1, 0.25, 0.3, 0.5, 0.75, 0.9, 0.9999])
def test_quantiles_as_given(u: float) -> None:
    """Hold that an empirical distribution is straight lines between the quantiles given."""
    p, v = (0, 0.25, 0.5, 0.9, 1), (1, 2, 2, 10, 90)
    made = distribution(empirical={"probabilities": p, "values": v})
    assert made.at(u) == pytest.approx(np.interp(u, p, v), rel=1e-14)


def uniforms(purpose: int = STAY, many: int = MANY) -> list[float]:
    """Return uniforms of addresses that differ in the client."""
    return [uniform(20170101, 0, who, 1, 7, 0, purpose) for who in range(many)]


def not_refuted(sample: Any, cdf: Callable[[Any], Any]) -> bool:
    """Return whether a Kolmogorov-Smirnov test lets a distribution stand, at the stated rate."""
    return bool(stats.kstest(sample, cdf).pvalue > FALSE_ALARM)


def test_a_mixture() -> None:
    """Hold that a mixture has the weighted distribution function, from one uniform each."""
    made = distribution(
        mixture=[
            {"share": 0.3, "of": {"exponential": {"mean": 2}}},
            {"share": 0.0, "of": {"fixed": 1000}},
            {"share": 0.5, "of": {"gamma": {"mean": 20, "shape": 3}}},
            {"share": 0.2, "of": {"uniform": {"low": 5, "high": 6}}},
        ]
    )
    sample = [made.at(u) for u in uniforms()]
    parts = (stats.expon(scale=2), stats.gamma(3, scale=20 / 3), stats.uniform(5, 1))

    def weighted(*shares: float) -> Callable[[Any], Any]:
        return lambda x: sum(w * part.cdf(x) for w, part in zip(shares, parts, strict=True))

    assert not_refuted(sample, weighted(0.3, 0.5, 0.2))
    assert not not_refuted(sample, weighted(0.28, 0.5, 0.22))


def test_shares_of_categories() -> None:
    """Hold that categories come out by their shares, those of share 0 never, with their numbers."""
    low = Lowering(scenario())
    index = low.shares({"a": 0.2, "b": 0.0, "c": 0.5, "d": 0.3})
    made = Lowered(
        np.array([tuple(r) for r in low.rows.laws], t.LAW), np.array(low.rows.points), index
    )
    assert [made.at(u) for u in (1e-9, 0.1999, 0.2, 0.6999, 0.7000001, 1 - 1e-16)] == [
        0, 0, 2, 2, 3, 3,
    ]  # fmt: skip


# --- hazards -----------------------------------------------------------------------------------

HAZARDS: tuple[dict[str, Any], ...] = (
    {"exponential": {"mean": 30}},
    {"weibull": {"scale": 200, "shape": 0.7}},
    {"weibull": {"scale": 50, "shape": 3}},
    {"log_logistic": {"median": 60, "shape": 0.65}},
    {"log_logistic": {"median": 20, "shape": 2.5}},
    {"motivation": {"mean": 30, "link": 0}},
    {"motivation": {"mean": 30, "link": 0.8}},
    {"motivation": {"mean": 30, "link": 1}},
)
ROWS = [hazard(**law) for law in HAZARDS]


@settings(max_examples=400, derandomize=True, deadline=None)
@given(
    kind=st.integers(0, len(HAZARDS) - 1),
    age=st.floats(0, 500),
    amount=st.floats(0.001, 20),
    motivation=st.floats(0, 1),
    half_life=st.one_of(st.just(0.0), st.floats(0.5, 1000)),
    towards=st.floats(0, 0.95),
)
def test_time_and_hazard_are_inverse(
    kind: int, age: float, amount: float, motivation: float, half_life: float, towards: float
) -> None:
    """Hold that what a hazard uses until its time is the amount, at any age and drift."""
    law = ROWS[kind]
    days = laws.hazard_time(law, age, amount, motivation, half_life, towards)
    if math.isinf(days):
        speed = 1 - law["b"] * motivation
        assert law["kind"] == t.MOTIVATED
        assert half_life == 0
        assert speed == 0
        return
    used = laws.hazard_used(law, age, days, motivation, half_life, towards)
    # The time is exact to a few units of its age, which lies in `before`, not in the amount.
    before = laws.hazard_used(law, 0.0, age + days, motivation, half_life, towards)
    assert used == pytest.approx(amount, rel=1e-9, abs=1e-12 * max(1.0, before))


@pytest.mark.parametrize(
    ("law", "oracle"),
    [
        ({"exponential": {"mean": 30}}, stats.expon(scale=30)),
        ({"weibull": {"scale": 200, "shape": 0.7}}, stats.weibull_min(0.7, scale=200)),
        ({"log_logistic": {"median": 60, "shape": 0.65}}, stats.fisk(0.65, scale=60)),
    ],
)
@pytest.mark.parametrize("age", [0.0, 3.0, 100.0])
@pytest.mark.parametrize("days", [0.01, 1.0, 45.0, 2000.0])
def test_a_hazard_is_minus_the_log_of_survival(
    law: dict[str, Any], oracle: Any, age: float, days: float
) -> None:
    """Hold that the hazard used from an age on is the fall of the log of survival."""
    expected = oracle.logsf(age) - oracle.logsf(age + days)
    used = laws.hazard_used(hazard(**law), age, days, 1.0, 0.0, 0.0)
    assert used == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("link", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("motivation", "towards"), [(1.0, 0.0), (0.9, 0.2), (0.1, 0.7), (1, 1)])
@pytest.mark.parametrize("days", [0.5, 10.0, 400.0])
def test_leaving_as_motivation_falls(
    link: float, motivation: float, towards: float, days: float
) -> None:
    """Hold that motivation-driven leaving has the integral of its hazard, and so its survival."""
    mean, half_life = 30.0, 25.0

    def speed(x: float) -> float:
        now = towards + (motivation - towards) * 2 ** (-x / half_life)
        return (1 - link * now) / mean

    expected = integrate.quad(speed, 0, days, epsrel=1e-12)[0]
    law = hazard(motivation={"mean": mean, "link": link})
    used = laws.hazard_used(law, 17.0, days, motivation, half_life, towards)
    assert used == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert math.exp(-used) == pytest.approx(math.exp(-expected), rel=1e-9)


@pytest.mark.parametrize("link", [0.0, 0.3, 0.8, 1.0])
@pytest.mark.parametrize(("motivation", "towards"), [(1.0, 0.2), (0.3, 0.9), (0.5, 0.5), (0, 1)])
@pytest.mark.parametrize("amount", [1e-6, 0.03, 1.0, 8.0, 30.0])
@pytest.mark.parametrize("half_life", [0.5, 60.0, 1500.0])
def test_the_time_of_a_falling_or_rising_motivation_is_that_of_lamberts_function(
    link: float, motivation: float, towards: float, amount: float, half_life: float
) -> None:
    """Hold that the time is days = (c + W(-r exp(-c))) / d, with c = a + r, by another library.

    Where all that is left of the hazard is used up before (link 1, towards 1) it never comes.
    """
    mean, d = 30.0, mpmath.log(2) / mpmath.mpf(half_life)
    last = 1 - mpmath.mpf(link) * towards
    fall = mpmath.mpf(link) * (mpmath.mpf(motivation) - towards)
    found = laws.motivated_time(amount, mean, link, motivation, half_life, towards)
    if last == 0:
        share = d * mean * amount / -fall
        expected = -mpmath.log(1 - share) / d if share < 1 else mpmath.inf
    else:
        r = fall / last
        c = d * mean * amount / last + r
        expected = (c + mpmath.lambertw(-r * mpmath.exp(-c)).real) / d
    exact_to = 1e-12 if link * motivation < 1 else 1e-8  # the hazard begins at 0: digits cancel
    assert found == pytest.approx(float(expected), rel=exact_to)


def test_nobody_fully_motivated_leaves() -> None:
    """Hold that with link 1 and a motivation that stays at 1 the time never comes."""
    law = hazard(motivation={"mean": 30, "link": 1})
    assert laws.hazard_time(law, 0.0, 1.0, 1.0, 0.0, 0.0) == math.inf
    assert laws.hazard_time(law, 0.0, 1.0, 1.0, 10.0, 1.0) == math.inf


def test_a_fixed_time_is_what_is_left_of_it() -> None:
    """Hold that a fixed time uses no hazard, and comes when its clock has that age."""
    law = hazard(fixed=20)
    assert laws.is_certain(law)
    assert not laws.is_certain(ROWS[0])
    assert laws.hazard_used(law, 0.0, 15.0, 1.0, 0.0, 0.0) == 0
    assert [laws.hazard_time(law, age, 1.0, 1.0, 0.0, 0.0) for age in (0.0, 15.0, 30.0)] == [
        20, 5, 0,
    ]  # fmt: skip


def people_of(program: Program, many: int) -> t.People:
    """Return so many clients, all alike save for their addresses, in their first episode."""
    people = t.People(
        key=np.array([20170101, 0], np.uint64),
        clients=np.zeros(many, t.CLIENT),
        traits=np.ones((many, len(program.columns))),
        clocks=np.zeros((many, t.CLOCKS), t.CLOCK_STATE),
        visits_before=np.zeros((many, 1), np.uint16),
        due=np.full((1, 1), t.NEVER),
        present=np.zeros(0, t.PRESENT),
        units=np.zeros((0, 1), np.int64),
        aside=np.zeros((1, 2)),
    )
    people.clients["id"] = np.arange(many)
    people.clocks["left"] = t.UNDRAWN
    for who in range(many):
        begin_episode(people, who)
    return people


def clock_times(clock: Mapping[str, Any], many: int = MANY) -> t.Floats:
    """Return the days after which a clock of `many` clients comes."""
    made = scenario(
        conditions={"there": {"drop_out": clock}},
        stages={"stay": {"while_there": "there", "next": {"dropped_out": "out"}}},
    )
    program = lower(made, date(2017, 1, 1), 10)
    people = people_of(program, many)
    ticks = [clock_time(program.tables, people, who, 0, 1) for who in range(many)]
    return np.array(ticks) / t.TICKS_PER_DAY


def test_a_share_is_lost_early() -> None:
    """Hold that early loss makes survival p exp(-t / m) + (1 - p) S(t)."""
    clock = {
        "after_days": {"weibull": {"scale": 60, "shape": 0.8}},
        "early_loss": {"share": 0.35, "mean_days": 3},
    }
    late = stats.weibull_min(0.8, scale=60)
    sample = clock_times(clock)
    assert not_refuted(sample, lambda x: 1 - 0.35 * np.exp(-x / 3) - 0.65 * late.sf(x))
    assert not not_refuted(sample, lambda x: 1 - 0.32 * np.exp(-x / 3) - 0.68 * late.sf(x))


def test_who_is_lost_early_has_the_same_threshold() -> None:
    """Hold that early loss asks a draw of its own, and uses the threshold with another speed."""
    sample = clock_times(
        {
            "after_days": {"exponential": {"mean": 60}},
            "early_loss": {"share": 0.35, "mean_days": 3},
        },
        many=50,
    )
    for who in range(50):
        threshold = -math.log(uniform(20170101, 0, who, 1, 0, 0, CLOCK + 1))
        early = uniform(20170101, 0, who, 1, 1, 0, EARLY) < 0.35
        ticks = threshold * (3 if early else 60) * t.TICKS_PER_DAY
        assert sample[who] * t.TICKS_PER_DAY == pytest.approx(ticks, abs=0.5001)


# --- drifts, tests and factors -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "half_life", "towards", "days", "expected"),
    [
        (1.0, 10.0, 0.0, 10.0, 0.5),
        (1.0, 10.0, 0.0, 30.0, 0.125),
        (0.2, 5.0, 1.0, 10.0, 0.8),
        (0.6, 5.0, 0.6, 123.0, 0.6),
        (0.7, 0.0, 0.1, 50.0, 0.7),
        (1.0, 10.0, 0.2, 0.0, 1.0),
    ],
)
def test_a_drift_by_hand(
    value: float, half_life: float, towards: float, days: float, expected: float
) -> None:
    """Hold that half of the way is gone per half-life, and that a half-life of 0 means to stay."""
    assert laws.drifted(value, half_life, towards, days) == pytest.approx(expected, rel=1e-15)


def effects_of(*effects: dict[str, Any]) -> tuple[t.Rows, t.Rows, int]:
    """Return effects and their tests as lowered, and how many effects there are."""
    stay = {"stay_days": {"fixed": 1}, "stay_times": list(effects), "next": {"completed": "out"}}
    tables = lower(scenario(stages={"stay": stay}), date(2017, 1, 1), 1).tables
    return tables.effects, tables.tests, len(effects)


# motivation, severity, episode, kind, age
@pytest.mark.parametrize(
    ("traits", "expected"),
    [
        ((1.0, 0.0, 1, 0, 40), 2.0),
        ((1.0, 2.0, 1, 0, 40), 2.0 * 9.0),
        ((1.0, 0.0, 1, 1, 40), 1.0),
        ((1.0, 0.0, 3, 1, 40), 0.5),
        ((1.0, 0.0, 1, 0, 18), 10.0),
        ((1.0, 0.0, 1, 0, 17.999), 2.0),
        ((1.0, 0.0, 1, 0, 30), 2.0),
        ((1.0, 0.0, 1, 2, 18), 0.0),
    ],
)
def test_factors_by_hand(traits: tuple[float, ...], expected: float) -> None:
    """Hold that the factors of the effects that apply are multiplied."""
    effects, tests, many = effects_of(
        {"factor": 2, "when": {"kind": "one"}},
        {"factor": 3, "per_unit_of": "severity"},
        {"factor": 0.5, "when": {"episode": {"at_least": 2}, "kind": "two"}},
        {"factor": 5, "when": {"age": {"at_least": 18, "below": 30}}},
        {"factor": 0, "when": {"kind": "three"}},
    )
    found = laws.factor_of(effects, tests, 0, many, np.array(traits, float))
    assert found == pytest.approx(expected, rel=1e-15)


def test_all_tests_must_be_passed() -> None:
    """Hold that a list of tests is passed when each is, and an empty one always."""
    tests = np.array([(0, 0.5, math.inf), (1, -math.inf, 2.0)], t.TEST)
    for first, second, expected in ((0.5, 1.9, True), (0.49, 1.9, False), (0.5, 2.0, False)):
        assert laws.passes(tests, 0, 2, np.array([first, second])) is expected
    assert laws.passes(tests, 1, 0, np.array([0.0, 9.0]))


def test_whole_ticks_round_half_up_once() -> None:
    """Hold that days become ticks by rounding half up, never below the least, or never come."""
    half = 0.5 / t.TICKS_PER_DAY
    assert laws.whole_ticks(half, 0) == 1
    assert laws.whole_ticks(half * 0.99, 0) == 0
    assert laws.whole_ticks(half * 0.99, 1) == 1
    assert laws.whole_ticks(2.0, 1) == 172_800
    assert laws.whole_ticks(math.inf, 1) == t.NEVER
    assert laws.whole_ticks(math.nan, 1) == t.NEVER
