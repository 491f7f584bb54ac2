"""What is known of people of day 0: what is left of a stay, and whether they are lost early."""

from collections.abc import Callable
from datetime import date
from math import exp, log
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from simcare.engines.cohort import make_people
from simcare.engines.lowering import lower
from simcare.engines.program import Program
from simcare.kernels import laws
from simcare.kernels.beginning import MOST_THRESHOLDS, early_share_left, threshold_of
from simcare.kernels.draws import EARLY, uniform
from simcare.model.beginning import Beginning, Present
from simcare.model.scenario import Scenario

Survival = Callable[[ArrayLike], NDArray[np.float64]]
DAY = 86_400
SEED = 5


def program_of(stage: dict[str, Any], many: int = 0, lasted: float = 0.0, **more: Any) -> Program:
    """Return a service of one stage, lowered, with so many who have been there for some days."""
    service = {
        "arrivals": {"people": {"per_day": 0}},
        "ways_in": {"door": {"stage": "ward", "share": 1}},
        "stages": {"ward": {"next": {"completed": "out"}, **stage}},
        **more,
    }
    numbers = {"motivation": {"number": {"fixed": 0.5}}, "severity": {"number": {"fixed": 0}}}
    scenario = Scenario.model_validate({"service": service, "population": {"attributes": numbers}})
    one = Present(2, "ward", -round(lasted * DAY), "", {})
    begun = scenario.model_copy(update={"beginning": Beginning((one,) * many, "", 0)})
    return lower(begun, date(2017, 1, 1), 10)


def drawn_above(stay: dict[str, Any], value: float, uniforms: ArrayLike) -> NDArray[np.float64]:
    """Return what is drawn of a length of stay, given that it is above a value."""
    tables = program_of({"stay_days": stay}).tables
    index = int(tables.stages["stay"][0])
    return np.array(
        [
            laws.draw_above(tables.laws, tables.points, index, value, float(u))
            for u in np.atleast_1d(uniforms)
        ]
    )


def log_normal(mean: float, sd: float) -> Any:
    """Return SciPy's log-normal distribution of a mean and a standard deviation."""
    variance = log(1 + (sd / mean) ** 2)
    return stats.lognorm(variance**0.5, scale=mean * exp(-variance / 2))


SURVIVALS: tuple[tuple[dict[str, Any], Survival], ...] = (
    ({"exponential": {"mean": 20}}, stats.expon(scale=20).sf),
    ({"weibull": {"scale": 20, "shape": 0.6}}, stats.weibull_min(0.6, scale=20).sf),
    ({"log_normal": {"mean": 75, "sd": 40}}, log_normal(75, 40).sf),
    ({"gamma": {"mean": 10, "shape": 2}}, stats.gamma(2, scale=5).sf),
    ({"gamma": {"mean": 10, "shape": 0.3}}, stats.gamma(0.3, scale=10 / 0.3).sf),
    ({"log_logistic": {"median": 20, "shape": 0.7}}, stats.fisk(0.7, scale=20).sf),
    ({"uniform": {"low": 5, "high": 95}}, stats.uniform(5, 90).sf),
    ({"triangular": {"low": 1, "mode": 7, "high": 94}}, stats.triang(6 / 93, 1, 93).sf),
    (
        {"empirical": {"probabilities": [0, 0.5, 0.9, 1], "values": [0, 10, 40, 90]}},
        lambda x: 1 - np.interp(np.asarray(x, float), [0, 10, 40, 90], [0, 0.5, 0.9, 1]),
    ),
)


@pytest.mark.parametrize(("stay", "survival"), SURVIVALS)
@pytest.mark.parametrize("value", [0.0, 0.5, 12.0, 60.0, 89.0])
def test_what_is_drawn_above_a_value_has_its_law(
    stay: dict[str, Any], survival: Survival, value: float
) -> None:
    """Hold that of what is above a value the share 1 - u is above what is drawn at u."""
    uniforms = np.array([1e-6, 0.01, 0.3, 0.5, 0.9, 0.999])
    found = drawn_above(stay, value, uniforms)
    assert (found > value).all()
    expected = (1 - uniforms) * survival(value)
    assert survival(found) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(("stay", "survival"), SURVIVALS)
def test_where_nothing_has_passed_a_draw_is_the_ordinary_one(
    stay: dict[str, Any], survival: Survival
) -> None:
    """Hold that nobody's luck changes: what is above 0, which all is, is what anybody draws."""
    tables = program_of({"stay_days": stay}).tables
    index = int(tables.stages["stay"][0])
    uniforms = [1e-9, 0.2, 0.7, 0.99]
    plain = [laws.draw(tables.laws, tables.points, index, u) for u in uniforms]
    assert drawn_above(stay, 0.0, uniforms).tolist() == plain
    assert survival(plain) == pytest.approx(1 - np.array(uniforms))


def test_a_mixture_is_drawn_by_what_each_part_has_above() -> None:
    """Hold the law over even uniforms: none of the part that is over, the others by what is left.

    At 12 days the fixed 10 is over; of the uniform part 0.3 x 8 / 20 and of the exponential one
    0.2 x exp(-0.6) are left. 20,000 uniforms give each share to one in 20,000.
    """
    stay = {
        "mixture": [
            {"share": 0.5, "of": {"fixed": 10}},
            {"share": 0.3, "of": {"uniform": {"low": 0, "high": 20}}},
            {"share": 0.2, "of": {"exponential": {"mean": 20}}},
        ]
    }
    many = 20_000
    found = drawn_above(stay, 12.0, (np.arange(many) + 0.5) / many)
    even, without_end = 0.3 * 0.4, 0.2 * exp(-0.6)
    for x in (12.5, 15.0, 19.0, 25.0, 80.0):
        left = 0.3 * max(0.0, 20 - x) / 20 + 0.2 * exp(-x / 20)
        share = left / (even + without_end)
        assert (found > x).mean() == pytest.approx(share, abs=2.5 / many)


@pytest.mark.parametrize(
    "stay",
    [
        {"fixed": 10},
        {"uniform": {"low": 2, "high": 10}},
        {"mixture": [{"share": 0.4, "of": {"fixed": 3}}, {"share": 0.6, "of": {"fixed": 10}}]},
    ],
)
def test_where_nothing_is_above_the_value_itself_comes(stay: dict[str, Any]) -> None:
    """Hold that a stay that cannot be longer is as long as it has been."""
    assert drawn_above(stay, 10.0, [0.1, 0.9]).tolist() == [10, 10]
    assert drawn_above(stay, 11.0, 0.5).tolist() == [11]


def test_far_in_a_tail_a_draw_is_still_above() -> None:
    """Hold that what hardly ever happens is drawn as well: a stay of 20 means has more to come."""
    found = drawn_above({"exponential": {"mean": 1}}, 20.0, [0.1, 0.5, 0.9])
    assert found - 20 == pytest.approx([0.105, 0.693, 2.303], abs=0.001)
    assert (drawn_above({"exponential": {"mean": 1}}, 30.0, [0.1, 0.5, 0.9]) > 30).all()


# --- who is lost early ---------------------------------------------------------------------------

WEIBULL = {"weibull": {"scale": 20, "shape": 2}}


def waiting(clock: dict[str, Any], lasted: float, many: int = 1) -> Program:
    """Return a service with so many who have been for some days where a clock runs."""
    stage = {"while_there": "there", "next": {"left": "out"}}
    return program_of(stage, many, lasted, conditions={"there": {"leave": clock}})


@pytest.mark.parametrize(
    ("law", "used"),
    [
        ({"exponential": {"mean": 30}}, 3 / 30),
        (WEIBULL, (3 / 20) ** 2),
        ({"fixed": 40}, 0.0),
        ({"motivation": {"mean": 10, "link": 0.8}}, 3 * (1 - 0.8 * 0.5) / 10),
    ],
)
def test_the_share_that_is_lost_early_falls_with_time(law: dict[str, Any], used: float) -> None:
    """Hold Bayes' rule by hand: 0.3 are lost early with a mean of 2 days, all half as fast again.

    After 3 days there are 0.3 exp(-1.5 x 3 / 2) of these, and 0.7 exp(-1.5 used) of the others.
    """
    times = [{"factor": 1.5, "when": {"severity": {"below": 0.5}}}]
    clock = {"after_days": law, "early_loss": {"share": 0.3, "mean_days": 2}, "times": times}
    program = waiting(clock, 3.0)
    people, known = make_people(program, SEED, 0), program.here.known
    early, later = 0.3 * exp(-1.5 * 1.5), 0.7 * exp(-1.5 * used)
    found = early_share_left(program.tables, people, known, 0, 0, 0)
    assert found == pytest.approx(early / (early + later))
    # Where motivation is known the clock has run at that; it makes no difference to the others.
    people.traits[0, 0] = known[0, 0] = 1.0
    faster = 3 * 0.2 / 10 if "motivation" in law else used
    later = 0.7 * exp(-1.5 * faster)
    found = early_share_left(program.tables, people, known, 0, 0, 0)
    assert found == pytest.approx(early / (early + later))


def test_a_threshold_is_chosen_that_fits() -> None:
    """Hold that it is the first of the address that is early, or is not, as is to be.

    The first one itself decides by its own uniform, so that nothing changes where nothing has
    passed.
    """
    program = waiting({"after_days": WEIBULL, "early_loss": {"share": 0.3, "mean_days": 2}}, 0, 300)
    people = make_people(program, SEED, 0)
    for who, left in ((who, left) for who in range(300) for left in (0.0, 0.1, 0.3, 1.0)):
        client = people.clients["id"][who]
        early = [uniform(SEED, 0, client, 1, 0, n, EARLY) < 0.3 for n in range(60)]
        wanted = uniform(SEED, 0, client, 1, 0, 0, EARLY) < left
        assert threshold_of(people, who, 0, 0.3, left) == early.index(wanted)
    assert (people.clocks["fired"] == 0).all()


def test_the_search_for_a_threshold_ends() -> None:
    """Hold that where hardly any threshold fits, it stops after a thousand."""
    program = waiting({"after_days": WEIBULL}, 0, 1)
    people = make_people(program, SEED, 0)
    assert threshold_of(people, 0, 0, 1.0, 0.0) == MOST_THRESHOLDS
