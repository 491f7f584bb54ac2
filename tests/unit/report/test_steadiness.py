"""What is said of the period measured, and of lists that are not steady in it."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.report.made import findings

from simcare.analysis.findings import Findings
from simcare.analysis.outcomes import Outcome
from simcare.analysis.steadiness import Drift
from simcare.report.steadiness import BY_DEADLINE, BY_YEAR, period, too_short, unsteady


def test_the_period_is_named() -> None:
    """Expected: by hand; days are written whole where they are."""
    assert period(500.0, 2000.0).startswith("Measured over days 500 to 2000 of the run")


@pytest.mark.parametrize(
    ("horizon", "deadline", "year", "said"),
    [
        (800.0, 50.0, 60.0, ""),
        (410.0, np.nan, np.nan, ""),  # long enough: nobody asked
        (365.0, 50.0, np.nan, "people in 365 days: of those who ask in the 365 days"),
        (60.0, np.nan, np.nan, "people in 90 and 365 days: of those who ask in the 60 days"),
    ],
)
def test_a_run_that_is_too_short_is_said_to_be(
    horizon: float, deadline: float, year: float, said: str
) -> None:
    """Expected: by hand, of what no scenario has a number for; 90 days are asked about, and 365."""
    made = findings()
    outcomes = {
        Outcome(name, "all who asked"): np.array([value])
        for name, value in ((BY_DEADLINE, deadline), (BY_YEAR, year))
    }
    scenarios = tuple(replace(scenario, outcomes=outcomes) for scenario in made.scenarios)
    about = replace(made.about, warm_up_days=0.0, horizon_days=horizon)
    found = too_short(Findings(about, scenarios))
    assert said in found
    assert bool(said) == bool(found)


def test_steady_lists_are_not_spoken_of() -> None:
    """Expected: nothing to warn of, no warning."""
    assert unsteady(findings()) == ""


def test_the_list_that_moves_most_is_named() -> None:
    """Expected: by hand; 30 fewer is more than 12 more, and two lists of a scenario are one."""
    calm = findings(cases=("one", "two"))
    some = (Drift("beds", 10.0, 22.0), Drift("slots", 5.0, 12.0))
    first, _, _, last = calm.scenarios
    moved = (replace(first, drifts=some), *calm.scenarios[1:3])
    most = replace(last, drifts=(Drift("day_beds", 42.5, 12.5),))
    text = unsteady(Findings(calm.about, (*moved, most)))
    assert "in 2 of 4 scenarios" in text
    assert text.endswith("Most: day beds, from 43 to 13 people waiting (two case; direct access).")
    assert "(one case; GP referral)" in unsteady(Findings(calm.about, (*moved, last)))
