"""How people fare, in the report: beside each other, with differences from the base."""

from dataclasses import replace

import numpy as np
from tests.unit.report.made import findings

from simcare.analysis.findings import CaseNote, Findings
from simcare.analysis.outcomes import MORE, POINTS, Outcome
from simcare.analysis.wellbeing import A_PERSON_YEAR, OVER, QALYS, WELLBEING
from simcare.report.answer import GAVE_UP
from simcare.report.draft import Draft
from simcare.report.page import Grid, Words
from simcare.report.part_balance import UNKNOWN
from simcare.report.pictures import hinges
from simcare.report.plan_groups import costs
from simcare.report.plan_wellbeing import blocks
from simcare.report.terminal import Sheet, report
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


def test_what_wellbeing_hinges_on_stands_beside_who_gives_up() -> None:
    """Expected: by hand: one point more, of 40 and 41, with the low value, three with the high."""
    found = findings(cases=("one", "low", "high"))
    levels = {"low": (40.0, 41.0), "high": (40.0, 43.0), "one": (40.0, 42.0)}
    scenarios = tuple(
        replace(s, outcomes={**s.outcomes, ALL: np.full(2, levels[s.case][s.policy != "a"])})
        for s in found.scenarios
    )
    varied = {case: CaseNote(case, "the speed", case) for case in ("low", "high")}
    about = replace(found.about, cases={"one": CaseNote("one"), **varied})
    draft = Draft(Findings(about, scenarios), {})
    both = (picture for outcome in (GAVE_UP, WELLBEING) for picture in hinges(draft.view, outcome))
    assert [picture.name for picture in both] == ["giving-up-hinges-on", "wellbeing-hinges-on"]
    (picture,) = hinges(draft.view, WELLBEING)
    assert picture.chart.table.rows[0] == ("the speed", "low", "1", "high", "3")
    *_, table = (
        part for part in report(Findings(about, scenarios), None) if isinstance(part, Sheet)
    )
    assert table.rows == (
        ("one", "40.0", "42.0", "2.00 (2.00 to 2.00)"),
        ("low", "40.0", "41.0", "1.00 (1.00 to 1.00)"),
        ("high", "40.0", "43.0", "3.00 (3.00 to 3.00)"),
    )


def test_places_that_nobody_priced_are_named() -> None:
    """Expected: a policy with 3 beds more says that they cost nothing; stays with a price do."""
    found = findings()
    places = {"a": {"beds": 12, "rooms": 4}, "b": {"beds": 15, "rooms": 6}}
    capacities = {"beds": ("beds", 12), "rooms": ("rooms", 4)}
    about = replace(found.about, capacities=capacities, places=places)
    words = [
        b.text for b in costs(Draft(Findings(about, found.scenarios), {})) if isinstance(b, Words)
    ]
    assert [text for text in words if "more places" in text] == [
        "With direct access there are more places of rooms. Nobody has said what these cost, so "
        "here they cost nothing."
    ]


def test_where_nothing_is_told_nothing_is_said() -> None:
    """Hold that a service without areas of life has no such table."""
    assert list(blocks(Draft(findings(), {}))) == []
    assert "page.unknown.wellbeing" in UNKNOWN
    assert say("page.unknown.wellbeing") != say("page.unknown.wellbeing_told")
