"""Who gets what, in the report: groups beside each other, and how far they are apart."""

from dataclasses import replace

import numpy as np
from tests.unit.report.made import findings

from simcare.analysis.findings import Findings
from simcare.report.draft import Draft
from simcare.report.page import Grid, Words
from simcare.report.plan_equity import blocks


def drafted(found: Findings) -> tuple[list[Grid], list[str]]:
    """Return the tables and the paragraphs of who gets what."""
    said = list(blocks(Draft(found, {})))
    return [b for b in said if isinstance(b, Grid)], [b.text for b in said if isinstance(b, Words)]


def test_groups_stand_beside_each_other() -> None:
    """Expected: by hand. 50 (58) start in time: 5 more in the north, and 5 fewer in the south.

    They are 10 apart, give or take the noise of the replications twice (-0.4, 0.2, 0, 0.2; of the
    policy twice that): 10 +- 3.18 x 0.2828 / 2 = 0.45, and 0.9. Far east are four people.
    """
    (region, _), _ = drafted(findings())
    assert region.caption == "Who gets what, by region"
    assert region.header == (
        "Region",
        "People who asked",
        "Start within 90 days (of 100)",
        "Give up in a year (of 100)",
    )
    assert region.rows == (
        ("north", "300, 300", "55, 63", "18, 14"),
        ("south", "200, 200", "45, 53", "22, 18"),
        ("gap, GP referral", "not relevant", "10 (10 to 10)", "4 (4 to 4)"),
        ("gap, direct access", "not relevant", "10 (9 to 11)", "4 (4 to 4)"),
    )


def test_numbers_have_an_index_of_concentration() -> None:
    """Expected: 0.05 with a standard error of 0.00707 over four, t = 3.18; and twice that."""
    (_, severity), _ = drafted(findings())
    assert [row[0] for row in severity.rows[:3]] == ["below 0.4", "0.4 to 0.6", "0.6 and more"]
    one, other = severity.rows[-2:]
    assert one[0] == "index of concentration, GP referral"
    assert one[2:] == ("0.05 (0.03 to 0.07)", "not relevant")
    assert other[2:] == ("0.05 (0.00 to 0.10)", "not relevant")


def test_what_differs_most_is_said_of_each_policy() -> None:
    """Hold the sentences, and that the order of the numbers is told."""
    _, (of, base, policy, small) = drafted(findings())
    assert of.endswith("Numbers are in the order of the policies: GP referral, direct access.")
    assert base == (
        "With GP referral, who starts treatment within 90 days differs most by region: "
        "55 of 100 (north), and 45 (south)."
    )
    assert "63 of 100 (north), and 53 (south)" in policy
    assert small.startswith("Groups of fewer than 20 people in a repetition are not shown.")


def test_gaps_that_may_be_chance_are_said_to_be_none() -> None:
    """Hold that a gap of 10 that is 16 to either side is not told of as a difference."""
    _, words = drafted(findings(noise=np.array([-8.0, 4.0, 0.0, 4.0])))
    assert words[1] == (
        "With GP referral, no gap between groups in who starts treatment within 90 days is clear "
        "of chance."
    )


def test_where_nothing_is_told_of_groups_nothing_is_said() -> None:
    """Hold that people who are all alike, or one policy alone, leave out what is not there."""
    made = findings()
    bare = tuple(replace(scenario, equity=()) for scenario in made.scenarios)
    assert drafted(Findings(made.about, bare)) == ([], [])
    (region, _), (of, *_) = drafted(findings(changes=()))
    assert "order of the policies" not in of
    assert region.rows[0] == ("north", "300", "55", "18")
