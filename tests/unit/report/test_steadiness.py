"""What is said of the period measured, and of lists that are not steady in it."""

from dataclasses import replace

from tests.unit.report.made import findings

from simcare.analysis.findings import Findings
from simcare.analysis.steadiness import Drift
from simcare.report.steadiness import period, unsteady


def test_the_period_is_named() -> None:
    """Expected: by hand; days are written whole where they are."""
    assert period(500.0, 2000.0).startswith("Measured over days 500 to 2000 of the run")


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
