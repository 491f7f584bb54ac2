"""What is said of how precise results came to be, and of the warm-up."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.report.made import findings

from simcare.analysis.findings import Findings
from simcare.analysis.precision import Precision, looks
from simcare.analysis.warm_up import Settled, WarmUp
from simcare.report.answer import STARTED, titles_of
from simcare.report.precision import asked, came_to, table
from simcare.report.warm_up import table as settled
from simcare.report.warm_up import warnings, worst

# 25 replications, half a point and twice as far from their middle: the differences lie as far
# from theirs as the base does.
NOISE = np.resize([-0.5, 0.5], 25)


def precise(half_width: float, at_most: int) -> Findings:
    """Return findings of two cases whose difference is known to about 0.2 after 25 replications."""
    made = findings(cases=("one", "two"), noise=NOISE)
    ends = dict.fromkeys(("one", "two"), looks(20, at_most))
    about = replace(made.about, precision=Precision(STARTED, "", half_width), looks=ends)
    return Findings(about, made.scenarios)


def test_nothing_is_said_where_nothing_was_asked() -> None:
    """Expected: no sentence; but the table tells how narrow ranges are."""
    made = findings()
    assert [*asked(made.about), *came_to(made, titles_of(made.about))] == []
    shown = table(made, titles_of(made.about))
    assert shown is not None
    assert shown.rows[0][-2:] == ("not relevant", "as many as asked for")


def test_what_was_asked_for_is_said() -> None:
    """Expected: by hand, in the outcome's unit or as a share, with the first look and the last."""
    made = precise(0.5, 200)
    first, rounds = asked(made.about)
    assert "at most 0.5 to either side, of: start" in first
    assert "after 20 repetitions" in rounds
    assert rounds.endswith("At most 200 repetitions.")
    share = replace(made.about, precision=Precision(STARTED, relative=0.05))
    assert "at most 5 % of the base" in next(iter(asked(share)))


@pytest.mark.parametrize(
    ("half_width", "at_most", "said", "why"),
    [
        (0.5, 200, "The range was narrow enough after 25 repetitions in: one case; two case.", 0),
        (0.01, 25, "After 25 repetitions, the most that were allowed", 1),
    ],
)
def test_why_there_are_no_more_is_said(
    half_width: float, at_most: int, said: str, why: int
) -> None:
    """Expected: by the rule, from half-widths of 0.21 to 0.24 at the looks."""
    made = precise(half_width, at_most)
    (sentence,) = came_to(made, titles_of(made.about))
    assert sentence.startswith(said)
    shown = table(made, titles_of(made.about))
    assert shown is not None
    assert {row[-1] for row in shown.rows} == {("narrow enough", "the most allowed")[why]}
    assert len(shown.rows) == 2


def of(*verdicts: tuple[str, float, Settled]) -> Findings:
    """Return findings whose policy has lists that say so of a warm-up of 360 days."""
    made = findings()
    base, policy = made.scenarios
    found = tuple(WarmUp(*one) for one in verdicts)
    return Findings(made.about, (base, replace(policy, warm_ups=found)))


def test_a_warm_up_that_is_long_enough_is_not_warned_of() -> None:
    """Expected: nothing to warn of; the table has a row for each list all the same."""
    made = of(("beds", 240.0, Settled.ENOUGH))
    shown = settled(made, titles_of(made.about))
    assert warnings(made, titles_of(made.about)) == []
    assert shown is not None
    assert [row[3:] for row in shown.rows] == [("240", "long enough")] * 2


def test_the_list_that_takes_longest_is_named() -> None:
    """Expected: by hand; the one of 620 days, and apart from it the list that says nothing."""
    made = of(
        ("beds", 500.0, Settled.TOO_SHORT),
        ("day_beds", 620.0, Settled.TOO_SHORT),
        ("slots", float("nan"), Settled.RUN_TOO_SHORT),
    )
    short, untold = warnings(made, titles_of(made.about))
    assert "in 1 of 2 scenarios" in short
    assert "when 360 days have passed. Longest: 620 days for day beds (" in short
    assert "in 1 of 2 scenarios" in untold
    assert "(slots)" in untold


def test_the_worst_list_comes_first() -> None:
    """Expected: no steady state is worse than none known, than too short; of equals the longest."""
    none = float("nan")
    beds, slots = WarmUp("beds", 500.0, Settled.TOO_SHORT), WarmUp("s", 620.0, Settled.TOO_SHORT)
    late, grows = WarmUp("l", none, Settled.RUN_TOO_SHORT), WarmUp("g", none, Settled.UNSTEADY)
    assert worst([beds, slots]) is slots
    assert worst([slots, late]) is late
    assert worst([late, grows, beds]) is grows
