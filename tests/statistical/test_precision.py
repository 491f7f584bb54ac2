"""That intervals of runs that stop when they are narrow hold what they should, at a stated rate.

Each test fails by chance at one in 10,000 seeds (FALSE_ALARM) if the coverage is what it says; the
seed is fixed. The coverage of more laws and lengths stands in tests/long/README.md.
"""

import pytest
from scipy import stats
from tests.statistical.coverage import Coverage, of_first_narrow, of_rule

FALSE_ALARM = 1e-4
SEED = 20170101
RUNS = 3000
# What a nominal 95 % may come down to: 1.5 points less, and 5 where outcomes are as skewed as an
# exponential law. The half-widths are in standard deviations.
LEAST = {"normal": 0.935, "Student t, 3": 0.935, "exponential": 0.90}


def is_below(found: Coverage, least: float) -> bool:
    """Return whether so few intervals hold the mean that the coverage is surely below ``least``."""
    return bool(found.held < stats.binom.ppf(FALSE_ALARM, found.runs, least))


@pytest.mark.parametrize("half_width", [0.6, 0.4, 0.25])
@pytest.mark.parametrize("law", LEAST)
def test_intervals_hold_the_mean_nearly_as_often_as_they_say(law: str, half_width: float) -> None:
    """Expected: at least LEAST of them, from 20 replications on; and not above 97 of 100."""
    found = of_rule(law, half_width, 20, RUNS, SEED)
    assert not is_below(found, LEAST[law])
    assert found.held <= stats.binom.ppf(1 - FALSE_ALARM, RUNS, 0.97)


def test_to_stop_at_the_first_narrow_interval_is_noticed() -> None:
    """Hold that the test sees a bad rule: to look after each replication and stop at once."""
    assert is_below(of_first_narrow("normal", 0.4, RUNS, SEED), LEAST["normal"])
