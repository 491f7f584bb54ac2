"""Person by person, in the report: in words, drawn, and by group."""

from dataclasses import replace

from tests.unit.report.made import findings, pairs

from simcare.analysis.estimates import Estimate
from simcare.analysis.findings import Findings
from simcare.analysis.pairs import WELLBEING, PairRow
from simcare.report.draft import Draft
from simcare.report.page import Figure, Grid, Words
from simcare.report.plan_pairs import blocks
from simcare.report.words import say

NAN = float("nan")
NOBODY = Estimate(NAN, NAN, NAN, 0)


def draft(rows: list[PairRow] | None = None, policies: int = 1) -> Draft:
    """Return a report to be, in which policies help and harm these people, or those made up."""
    found = findings(tuple((8.0 - k, -4.0, 0.0) for k in range(policies)))
    if rows is None:
        return Draft(found, {})
    base, *others = found.scenarios
    scenarios = (base, *(replace(other, pairs=rows) for other in others))
    return Draft(Findings(found.about, scenarios), {})


def said(of: Draft) -> list[str]:
    """Return what is said in words."""
    return [block.text for block in blocks(of) if isinstance(block, Words)]


def test_it_is_said_who_gains_and_who_loses() -> None:
    """Expected: by hand: 8.5 of 100 start who would not, 2.5 the other way round; 89 are left."""
    _, gain, alone = said(draft())
    assert gain.startswith(
        "With direct access, of 100 people who ask 8.5 (8.0 to 9.0) start treatment within a year "
        "who would not with GP referral, 2.5 (2.0 to 3.0) do not who would, and for 89.0"
    )
    assert alone.startswith("For each 100 who ask under both, 0.0 ask with GP referral alone and 4")


def test_it_is_said_whom_it_is_of_and_what_counts() -> None:
    """Who is never treated cannot relapse, and how much wellbeing must move, stand there."""
    first = said(draft())[0]
    assert "Whoever is never treated has no relapse after treatment" in first
    assert "by more than 1 point of 100" in first


def test_groups_stand_in_a_table() -> None:
    """Expected: by hand; too few on the isles, and all the same in need, so neither is shown."""
    (grid,) = (block for block in blocks(draft()) if isinstance(block, Grid))
    assert "direct access" in grid.caption
    assert grid.rows == (
        ("Region: north", "300", *("9.5 (9.0 to 10.0)", "2.5 (2.0 to 3.0)"),
         *("21.5 (21.0 to 22.0)", "5.5 (5.0 to 6.0)")),
        ("Region: south", "197", *("7.0 (6.5 to 7.5)", "2.5 (2.0 to 3.0)"),
         *("19.0 (18.5 to 19.5)", "5.5 (5.0 to 6.0)")),
    )  # fmt: skip


def test_where_wellbeing_is_not_told_it_has_no_columns() -> None:
    """Hold that treatment stands alone then."""
    rows = [row for row in pairs(4) if row.of.measure != WELLBEING]
    (grid,) = (block for block in blocks(draft(rows)) if isinstance(block, Grid))
    assert len(grid.header) == 4
    assert {len(row) for row in grid.rows} == {4}


def test_each_policy_has_a_chart() -> None:
    """Hold that each is drawn, and that groups are those of the policy that gets most in."""
    every = [*blocks(draft(policies=3))]
    drawn = [block.title for block in every if isinstance(block, Figure)]
    assert drawn == [
        f"With {policy}, 8.5 of 100 gain treatment, 2.5 lose it"
        for policy in ("direct access", "policy c", "policy d")
    ]
    (grid,) = (block for block in every if isinstance(block, Grid))
    assert "direct access" in grid.caption


def test_where_nobody_is_compared_nothing_is_drawn() -> None:
    """Without pairs nothing is said; a policy under which all ask at another time says so."""
    assert list(blocks(draft([]))) == []
    changed = [
        replace(row, people=0.0, helped=NOBODY, harmed=NOBODY, unchanged=NOBODY) for row in pairs(4)
    ]
    alone = [*blocks(draft(changed))]
    assert {block.kind for block in alone} == {"heading", "words"}
    some = draft(policies=2)
    base, one, other = some.findings.scenarios
    found = Findings(some.findings.about, (base, one, replace(other, pairs=changed)))
    words = said(Draft(found, {}))
    assert say("page.pairs.nobody", policy="policy c") in words


def test_one_repetition_has_no_ranges() -> None:
    """Expected: means alone, whole ones where the largest number needs no decimal."""
    assert "ask 9 start" in said(draft([*pairs(1)]))[1]
