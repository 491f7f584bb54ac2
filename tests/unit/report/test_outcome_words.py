"""Outcomes are named to readers by the catalogue, those it does not know by their own name."""

import csv
from pathlib import Path

import pytest

from simcare.analysis.outcomes import DAYS, FEWER, MORE, OF_100, VISITS, Outcome
from simcare.report.outcome_words import CLOCKS, FULL, GROUPS, LABELS, UNITS, full_name, with_days

REFERENCE = Path(__file__).parents[3] / "results" / "reference" / "access" / "summary.csv"


@pytest.mark.parametrize(
    ("outcome", "name"),
    [
        (
            Outcome("started treatment by the deadline", "all who asked", better=MORE),
            "started treatment by 90 days, of 100 (all who asked)",
        ),
        (
            Outcome("mean wait", "those served", "detox", DAYS, FEWER),
            "detox: mean wait, days (those served)",
        ),
        (
            Outcome("tea drunk", "all guests", "lounge", VISITS),
            "lounge: tea drunk, visits a year (all guests)",
        ),
    ],
)
def test_names_in_a_printed_table(outcome: Outcome, name: str) -> None:
    """Expected: by hand; an unknown outcome, group or unit is shown by its own name."""
    assert full_name(outcome, "90") == name


def test_a_label_takes_the_deadline_where_it_has_a_place_for_it() -> None:
    """Expected: by hand."""
    assert with_days("outcome.started_in_time", "90") == "start treatment within 90 days"
    assert with_days("outcome.completed", "90") == "complete treatment"


def test_names_are_those_of_outcomes() -> None:
    """Expected: the stored results of the first experiment have every name, group and unit."""
    with REFERENCE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = {row["outcome"] for row in rows}
    assert {label.name for label in LABELS} | set(FULL) <= names
    assert {f"{clock}: half wait at most" for clock in CLOCKS} <= names
    assert set(GROUPS) <= {row["over"] for row in rows}
    assert {OF_100, *UNITS} <= {row["unit"] for row in rows}
