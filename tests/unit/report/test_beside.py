"""Wellbeing stands beside who gives up, where a service tells it; where not, nothing changes."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.report.made import STARTS, findings

from simcare.analysis.findings import Findings
from simcare.analysis.groups import BY_WAY_IN, Entry, GroupRow
from simcare.analysis.outcomes import MORE, POINTS, Outcome
from simcare.analysis.ways_in import CAME
from simcare.analysis.wellbeing import A_PERSON_YEAR, OVER, QALYS, WELLBEING
from simcare.report import part_answer, part_cases, plan_deadlines, plan_groups, plan_wellbeing
from simcare.report.chart_gains import better_or_worse, gains
from simcare.report.draft import Draft
from simcare.report.many_pictures import faring, many
from simcare.report.many_scenarios import compared
from simcare.report.page import Grid, Words

FARES = Outcome(WELLBEING, OVER, unit=POINTS, better=MORE)
YEARS = Outcome(QALYS, OVER, unit=A_PERSON_YEAR, better=MORE)
MORE_POLICIES = ((8.0, -4.0, 0.0), (1.0, 1.0, 0.0))


def faring_of(found: Findings) -> Findings:
    """Return findings in which people fare by the 60 of who starts in time: 10 points less."""
    scenarios = []
    for s in found.scenarios:
        outcomes = {**s.outcomes, FARES: s.outcomes[STARTS] - 10.0, YEARS: s.outcomes[STARTS] / 100}
        ways = (
            GroupRow(Entry(BY_WAY_IN, way, WELLBEING, CAME, POINTS), 44.0, 43.0, 45.0, 4)
            for way in ("letter", "door")
        )
        scenarios.append(replace(s, outcomes=outcomes, numbers=(*s.numbers, *ways)))
    return Findings(found.about, tuple(scenarios))


def grids(blocks: object) -> list[Grid]:
    """Return the tables among some blocks."""
    return [block for block in blocks if isinstance(block, Grid)]  # type: ignore[attr-defined]


def test_the_first_table_has_it_after_giving_up() -> None:
    """Expected: by hand. 40 and 48 points; the noise is 0.0707 over four, t = 3.18."""
    (grid,) = grids(part_answer.blocks(Draft(faring_of(findings()), {})))
    rows = {row[0]: row for row in grid.rows}
    names = [row[0] for row in grid.rows]
    assert names.index("Wellbeing in a year (points)") == 1 + names.index(
        "Give up waiting within a year"
    )
    row = rows["Wellbeing in a year (points)"]
    assert row[1:5] == ("all who asked", "40.0", "48.0", "8.0 higher")
    (bare,) = grids(part_answer.blocks(Draft(findings(), {})))
    assert [row for row in grid.rows if "points" not in row[0]] == list(bare.rows)


def test_the_chart_of_the_balance_shows_it_and_does_not_count_it() -> None:
    """Hold that a row is added, and that title and totals are of people as before."""
    told = faring_of(findings())
    bare, with_it = (gains(f.comparison, 90.0) for f in (findings(), told))
    added = [row for row in with_it if not row.of_people]
    assert [row.label for row in added] == ["wellbeing in a year (points)"]
    assert [row for row in with_it if row.of_people] == bare
    charts = [
        better_or_worse(rows, "GP referral", "direct access", 2.0) for rows in (bare, with_it)
    ]
    assert charts[0].title == charts[1].title
    assert charts[0].table.rows[-1] == charts[1].table.rows[-1]
    assert len(charts[1].table.rows) == len(charts[0].table.rows) + 1


def test_every_case_has_it() -> None:
    """Expected: by hand, both policies beside each other and the difference, case by case."""
    (grid,) = grids(part_cases.blocks(Draft(faring_of(findings(cases=("one", "two"))), {})))
    assert grid.header[5:7] == ("Wellbeing (points of 100)", "Difference (95 %)")
    assert grid.rows[0][5] == "40.0, 48.0"
    assert grid.rows[0][6].startswith("8.0 (")
    (bare,) = grids(part_cases.blocks(Draft(findings(cases=("one", "two")), {})))
    assert len(bare.header) == len(grid.header) - 2


def test_deadlines_and_ways_in_have_it() -> None:
    """Hold a column each, with the mean of the policy, or that of the way."""
    told, bare = Draft(faring_of(findings()), {}), Draft(findings(), {})
    (deadlines,) = grids(plan_deadlines.blocks(told))
    assert deadlines.header[-1] == "Wellbeing, all who ask (of 100)"
    assert [row[-1] for row in deadlines.rows] == ["40.0", "48.0"]
    (ways,) = grids(plan_groups.ways_in(told))
    at = ways.header.index("Wellbeing (points of 100)")
    assert {row[at] for row in ways.rows} == {"44 (43 to 45)"}
    for grid, blocks in (
        (deadlines, plan_deadlines.blocks(bare)),
        (ways, plan_groups.ways_in(bare)),
    ):
        (without,) = grids(blocks)
        assert len(without.header) == len(grid.header) - 1


def test_lists_have_it_in_a_sentence() -> None:
    """Hold the sentence under the chart of leaving, with life years where these are told."""
    said = [b.text for b in plan_wellbeing.beside(Draft(faring_of(findings()), {}))]
    assert said[0] == (
        "With GP referral, wellbeing in the first year of all who ask is 40.0 points of 100, "
        "and 0.500 life years adjusted for quality."
    )
    assert said[1].startswith("With direct access, ")
    assert all(isinstance(b, Words) for b in plan_wellbeing.beside(Draft(findings(), {})))
    assert not list(plan_wellbeing.beside(Draft(findings(), {})))


def test_many_policies_have_it_in_their_table() -> None:
    """Expected: by hand: 40 points under the base, 8 and 1 more under the others."""
    found = faring_of(findings(MORE_POLICIES))
    draft = Draft(found, {})
    table = compared(found, "one", draft.titles)
    assert table.header[-2:] == ("wellbeing (points of 100)", "difference (95 %)")
    assert [row[5] for row in table.rows] == ["40.0", "48.0", "41.0"]
    assert table.rows[1][6].startswith("8.0 (")
    assert len(compared(findings(MORE_POLICIES), "one", draft.titles).header) == 5


def test_many_policies_are_ranked_by_it() -> None:
    """Hold a chart of its own, in points, with no zone of what does not matter."""
    draft = Draft(faring_of(findings(MORE_POLICIES)), {})
    (picture,) = faring(draft.view)
    assert picture.name == "ranked-by-wellbeing"
    assert "points of 100" in picture.chart.subtitle
    assert "zone" not in picture.chart.subtitle
    assert [row[0] for row in picture.chart.table.rows[:3]] == [
        "direct access",
        "policy c",
        "GP referral",
    ]
    assert "ranked-by-wellbeing" not in {p.name for p in many(draft.view)}


@pytest.mark.parametrize("policies", [((8.0, -4.0, 0.0),), MORE_POLICIES])
def test_where_it_is_not_told_there_is_no_such_chart(
    policies: tuple[tuple[float, float, float], ...],
) -> None:
    """Hold that nothing is drawn of what nobody told."""
    assert not list(faring(Draft(findings(policies), {}).view))
    assert np.isnan(findings(policies).scenarios[0].mean_of(WELLBEING))
