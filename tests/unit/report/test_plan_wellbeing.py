"""How people fare, in the report: beside each other, with differences from the base."""

from dataclasses import replace

import numpy as np
from tests.unit.report.made import findings

from simcare.analysis.findings import Findings
from simcare.analysis.outcomes import MORE, POINTS, Outcome
from simcare.analysis.wellbeing import A_PERSON_YEAR, OVER, QALYS, WELLBEING
from simcare.report.draft import Draft
from simcare.report.page import Grid
from simcare.report.part_balance import UNKNOWN
from simcare.report.plan_wellbeing import blocks
from simcare.report.words import say

ALL = Outcome(WELLBEING, OVER, unit=POINTS, better=MORE)
WORK = Outcome(f"{WELLBEING}: paid_work", OVER, unit=POINTS, better=MORE)
YEARS_OF = "life years adjusted for quality, a person"
YEARS = Outcome(QALYS, OVER, unit=A_PERSON_YEAR, better=MORE)


def told(*values: tuple[list[float], list[float], list[float]]) -> Draft:
    """Return a report to be of scenarios that fare so: all together, at work, life years."""
    found = findings()
    scenarios = tuple(
        replace(scenario, outcomes={**scenario.outcomes, ALL: every, WORK: work, YEARS: years})
        for scenario, (every, work, years) in zip(
            found.scenarios, (map(np.array, of) for of in values), strict=True
        )
    )
    return Draft(Findings(found.about, scenarios), {})


def test_policies_stand_beside_each_other() -> None:
    """Expected: by hand. Differences of 1 and 3 are 2 on average, 12.71 to either side."""
    draft = told(
        ([40.0, 42.0], [10.0, 10.0], [0.5, 0.6]),
        ([41.0, 45.0], [9.5, 9.5], [0.6, 0.7]),
    )
    (grid,) = (block for block in blocks(draft) if isinstance(block, Grid))
    assert grid.header == (
        "Area of life",
        "GP referral",
        "Direct access",
        "Difference, direct access",
    )
    assert grid.rows == (
        ("all areas together", "41.0", "43.0", "2.00 (−10.71 to 14.71)"),
        ("paid work", "10.0", "9.5", "−0.50 (−0.50 to −0.50)"),
        (
            "life years adjusted for quality, a person",
            "0.550",
            "0.650",
            "0.1000 (0.1000 to 0.1000)",
        ),
    )


def test_where_nothing_is_told_nothing_is_said() -> None:
    """Hold that a service without areas of life has no such table."""
    assert list(blocks(Draft(findings(), {}))) == []
    assert "page.unknown.wellbeing" in UNKNOWN
    assert say("page.unknown.wellbeing") != say("page.unknown.wellbeing_told")
