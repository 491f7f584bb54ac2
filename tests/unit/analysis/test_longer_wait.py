"""When a policy only makes the wait longer: said if all holds, and not if any of it is missing."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.report.made import LOAD, PARTS, findings

from simcare.analysis.findings import Findings
from simcare.analysis.load import Load
from simcare.analysis.longer_wait import LongerWait, longer_wait
from simcare.analysis.outcomes import DAYS, FEWER, PEOPLE, Outcome
from simcare.analysis.ways_in import GAVE_UP
from simcare.report.answer import longer, titles_of

FIRST = Outcome("from asking to first help: mean wait", "those who got it", unit=DAYS, better=FEWER)
LATER = Outcome("from asking to treatment: mean wait", "those who started", unit=DAYS, better=FEWER)
BEDS = Outcome("people waiting", "mean over time", "beds", PEOPLE, FEWER)
ROOMS = Outcome("people waiting", "mean over time", "rooms", PEOPLE, FEWER)
LEFT = Outcome(GAVE_UP, "all who asked", better=FEWER)
NOISE = np.array([-0.2, 0.1, 0.0, 0.1])
# By how much the policy differs from the base.
MORE = {FIRST: 1.0, LATER: 2.0, BEDS: 3.0, ROOMS: 0.0, LEFT: -0.3}
Changes = dict[Outcome, float]


def compared(changes: Changes, loads: tuple[Load, ...] = (LOAD, *PARTS)) -> Findings:
    """Return a base and a policy that differ so, the policy with these loads."""
    made = findings()
    before = dict.fromkeys(changes, 40.0 + NOISE)
    after = {outcome: 40.0 + change + 2 * NOISE for outcome, change in changes.items()}
    base, other = made.scenarios
    kept = replace(base, outcomes=before)
    return Findings(made.about, (kept, replace(other, outcomes=after, loads=loads)))


def of(made: Findings) -> LongerWait | None:
    """Return what is found of the policy beside the base."""
    base, other = made.scenarios
    return longer_wait(base, other, made.comparison)


def said_of(made: Findings) -> str:
    """Return what is said of the policy beside the base."""
    base, other = made.scenarios
    return longer(base, other, made.comparison, titles_of(made.about))


def found(changes: Changes, loads: tuple[Load, ...] = (LOAD, *PARTS)) -> LongerWait | None:
    """Return what is found of a base and a policy that differ so."""
    return of(compared(changes, loads))


def test_it_is_said_where_all_of_it_holds() -> None:
    """A day more of waiting for first help, three people more, and 0.3 of 100 fewer give up."""
    said = found(MORE)
    assert said is not None
    assert (said.wait.outcome, said.gave_up.outcome) == (FIRST, LEFT)
    assert said.wait.difference.mean == pytest.approx(1.0)


def test_it_is_said_in_words() -> None:
    """Expected: by hand. Differences of 1 have a standard error of 0.0707 over four, t = 3.18."""
    assert said_of(compared(MORE)) == (
        "With direct access more people stay on the lists, and as many places serve them: the wait "
        "for first help grows by 1.0 days (0.8 to 1.2), and giving up hardly changes."
    )


def test_without_first_help_it_is_the_wait_for_treatment() -> None:
    """Hold that a service that names no first help is judged by when treatment starts."""
    without = {outcome: x for outcome, x in MORE.items() if outcome != FIRST}
    said = found(without)
    assert said is not None
    assert said.wait.outcome == LATER
    assert "wait for treatment grows by 2.0 days (1.8 to 2.2)" in said_of(compared(without))


@pytest.mark.parametrize(
    "changed",
    [
        {FIRST: 0.4},  # less than half a day
        {FIRST: -1.0},
        {LEFT: -2.0},  # perhaps more than what matters
        {LEFT: 5.0},
        {BEDS: 0.0},  # no more people on the list
        {ROOMS: -2.0},  # more for beds, but fewer for rooms
    ],
)
def test_it_is_not_said_where_a_difference_is_missing(changed: Changes) -> None:
    """Hold that each of the differences is needed."""
    assert found({**MORE, **changed}) is None
    assert said_of(compared({**MORE, **changed})) == ""


@pytest.mark.parametrize("missing", [LEFT, BEDS])
def test_it_is_not_said_where_something_is_not_told(missing: Outcome) -> None:
    """Hold that who gives up, and how many wait, must be known."""
    assert found({outcome: x for outcome, x in MORE.items() if outcome != missing}) is None


def test_a_longer_wait_that_may_be_chance_is_none() -> None:
    """Hold that the range of the wait must be clear of zero: 1 more, but 4 to either side."""
    made = compared(MORE)
    base, other = made.scenarios
    noisy = {**other.outcomes, FIRST: 41.0 + 20 * NOISE}
    both = Findings(made.about, (base, replace(other, outcomes=noisy)))
    assert of(both) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda load: replace(load, usable=load.usable * 1.1),
        lambda load: replace(load, usable=load.usable * 0.9),
        lambda load: replace(load, offered=load.offered * 1.1),
        lambda load: replace(load, capacity="rooms"),
    ],
)
def test_it_is_not_said_of_other_places_or_people(change: Callable[[Load], Load]) -> None:
    """Hold that as many places, of the same kinds, must be there for as much that is asked."""
    assert found(MORE, (change(LOAD), *PARTS)) is None


def test_it_is_not_said_where_places_are_not_known() -> None:
    """Hold that nothing is claimed of places where their load was not worked out."""
    assert found(MORE, ()) is None
