"""What is said of the period measured, and of lists that are not steady in it."""

from simcare.analysis.steadiness import Drift
from simcare.report.steadiness import period, unsteady

CASES, POLICIES = {"one": "first case", "two": ""}, {"b": "direct access"}


def test_the_period_is_named() -> None:
    """Expected: by hand; days are written whole where they are."""
    assert period(500.0, 2000.0).startswith("Measured over days 500 to 2000 of the run")


def test_steady_lists_are_not_spoken_of() -> None:
    """Expected: nothing to warn of, no warning."""
    assert unsteady([], 4, CASES, POLICIES) == ""


def test_the_list_that_moves_most_is_named() -> None:
    """Expected: by hand; 30 fewer is more than 12 more, and two lists of a scenario are one."""
    moved = [
        ("one", "a", Drift("beds", 10.0, 22.0)),
        ("one", "a", Drift("slots", 5.0, 12.0)),
        ("two", "b", Drift("beds", 42.5, 12.5)),
    ]
    text = unsteady(moved, 4, CASES, POLICIES)
    assert "in 2 of 4 scenarios" in text
    assert text.endswith("Most: beds, from 43 to 13 people waiting (two; direct access).")
    assert "(first case; a)" in unsteady(moved[:1], 4, CASES, POLICIES)
