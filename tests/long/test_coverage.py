"""The coverage of runs that stop when they are precise enough: more laws, floors and half-widths.

What it finds is kept in README.md, as it prints it (``pytest -s``).
"""

import pytest
from tests.statistical.coverage import LAWS, of_fixed, of_rule

RUNS = 10_000
SEED = 20260101
HALF_WIDTHS = (1.0, 0.6, 0.4, 0.25, 0.15)
FIXED = (20, 100)
# By how much the coverage of the rule may lie below that of a fixed number, the floor; a point more
# is left for chance, three standard errors of the difference of two shares near 0.9.
LESS = {"normal": 0.015, "Student t, 3": 0.02, "exponential": 0.025, "lognormal": 0.04}


@pytest.mark.parametrize("at_least", [10, 20])
@pytest.mark.parametrize("law", LAWS)
def test_coverage_of_the_rule(law: str, at_least: int) -> None:
    """Expected: no half-width has a coverage much below that of a fixed number of replications."""
    fixed = [of_fixed(law, n, RUNS, SEED) for n in FIXED]
    found = [of_rule(law, half, at_least, RUNS, SEED) for half in HALF_WIDTHS]
    cells = [f"{one.held / RUNS:.3f} ({one.replications:.0f})" for one in found]
    cells += [f"{one.held / RUNS:.3f}" for one in fixed]
    print(f"| {law} | {at_least} | {' | '.join(cells)} |")
    floor = of_fixed(law, at_least, RUNS, SEED).held / RUNS
    assert min(one.held for one in found) / RUNS >= floor - LESS[law] - 0.01
