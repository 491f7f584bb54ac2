"""Whether a policy keeps more people on the lists, and only makes the wait longer by it.

Where as much is asked of as many places, who stays on a list is one more who waits: the place that
would have been left to another is taken. So the wait grows, and as many give up in the end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simcare.analysis.comparison import ComparisonRow, row_of
from simcare.analysis.estimates import Verdict
from simcare.analysis.findings import Found
from simcare.analysis.load import Load
from simcare.analysis.records import is_part
from simcare.analysis.ways_in import GAVE_UP

WAITS = ("from asking to first help: mean wait", "from asking to treatment: mean wait")
PEOPLE_WAITING = "people waiting"
HALF_A_DAY = 0.5  # of waiting more: less is not worth a sentence
ALIKE = 0.02  # of what is there, or asked for, without waiting: so far two policies are alike
HARDLY = (Verdict.TOO_SMALL, Verdict.SMALL)  # all of the range lies within what matters


@dataclass(frozen=True)
class LongerWait:
    """The differences of which it is said: days of waiting, and people of 100 who give up."""

    wait: ComparisonRow
    gave_up: ComparisonRow


def longer_wait(base: Found, other: Found, rows: Sequence[ComparisonRow]) -> LongerWait | None:
    """Return by how much a policy only makes the wait longer, None if it does not.

    It does if as much is asked of as many places as under the base; more people wait for one of
    them and fewer for none; the wait, for first help where there is any, is longer by half a day or
    more, clear of chance; and giving up surely changes by less than what matters. ``rows`` are the
    differences of the policy from the base in one case.
    """
    told = (row for row in (row_of(rows, name) for name in WAITS) if row and row.difference.n)
    wait, gave_up = next(told, None), row_of(rows, GAVE_UP)
    if wait is None or gave_up is None or gave_up.verdict not in HARDLY:
        return None
    is_longer = wait.difference.lower > 0 and wait.difference.mean >= HALF_A_DAY
    if is_longer and _more_wait(rows) and _are_alike(base.loads, other.loads):
        return LongerWait(wait, gave_up)
    return None


def _more_wait(rows: Iterable[ComparisonRow]) -> bool:
    """Return whether more people wait for something, and fewer for nothing, clear of chance."""
    waiting = [
        row.difference
        for row in rows
        if row.outcome.name == PEOPLE_WAITING and not is_part(row.outcome.where)
    ]
    return any(d.lower > 0 for d in waiting) and not any(d.upper < 0 for d in waiting)


def _are_alike(before: Sequence[Load], after: Sequence[Load]) -> bool:
    """Return whether as much is asked of as many places; not where nothing is known of that."""
    one, two = ({(x.capacity, x.category): x for x in loads} for loads in (before, after))
    return (
        bool(one)
        and one.keys() == two.keys()
        and all(
            _is_close(load.usable, two[what].usable) and _is_close(load.offered, two[what].offered)
            for what, load in one.items()
        )
    )


def _is_close(one: float, other: float) -> bool:
    return abs(other - one) <= ALIKE * abs(one)
