"""What a check of a report and its tables has found, in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from simcare.analysis.differences import Difference, Kind
from simcare.report.words import count, say

MOST_SHOWN = 20  # of each table, and of each page


@dataclass(frozen=True)
class Checked:
    """What was checked, and what was found.

    ``differences`` are each with the folder or the page in which they stand, ``changed`` the files
    of a run that are not as they were when it was finished; ``lacking`` says what could not be
    checked, and why. The numbers are how many replications, jobs of a sweep and tables of the
    folder were read, and how many sentences, tables and charts the page has. ``page`` is None if
    there is none.
    """

    path: Path
    page: Path | None
    differences: tuple[tuple[Path, Difference], ...]
    changed: tuple[str, ...]
    lacking: tuple[str, ...]
    other_version: bool
    replications: int
    jobs: int
    tables: int
    sentences: int
    grids: int
    charts: int

    @property
    def differs(self) -> bool:
        """Whether anything is not what follows."""
        return bool(self.differences or self.changed)


def checked_said(checked: Checked) -> Iterator[str]:
    """Yield what was found, a line for each thing that differs; last what it comes to."""
    yield from (say("verify.changed", file=name) for name in checked.changed)
    for (where, part), some in groupby(checked.differences, lambda one: (one[0], one[1].part)):
        lines = [_said(where, one) for _, one in some]
        yield from lines[:MOST_SHOWN]
        if more := len(lines) - MOST_SHOWN if len(lines) > MOST_SHOWN else 0:
            yield count("verify.more", f"{more:,}", part=part or say("verify.sentences"))
    yield from (say("verify.lacking", what=what) for what in checked.lacking)
    if checked.other_version:
        yield say("verify.other_version")
    yield from _compared(checked)
    yield _verdict(checked)


def _compared(checked: Checked) -> Iterator[str]:
    """Yield how much was compared, and what a check of this kind does not see."""
    if checked.replications:
        yield count("verify.compared", f"{checked.replications:,}", tables=f"{checked.tables:,}")
    if checked.jobs:
        yield count("verify.jobs", f"{checked.jobs:,}")
    if checked.page is None:
        yield say("verify.no_page")
    else:
        yield say(
            "verify.page",
            page=checked.page,
            sentences=f"{checked.sentences:,}",
            tables=f"{checked.grids:,}",
            charts=f"{checked.charts:,}",
        )


def _verdict(checked: Checked) -> str:
    if checked.differs:
        n = len(checked.differences) + len(checked.changed)
        return count("verify.differ", f"{n:,}")
    return say("verify.in_part" if checked.lacking else "verify.all")


def _said(where: Path, one: Difference) -> str:
    """Return what differs: where it stands, what is there, and what follows."""
    place = say("verify.place", where=where, part=one.part or say("verify.sentence"))
    if one.row and one.column:
        place = say("verify.cell", place=place, row=one.row, column=one.column)
    elif one.row:
        place = say("verify.row", place=place, row=one.row)
    if one.kind is Kind.LOOKS:
        return say("verify.looks", place=place)
    if one.kind is Kind.LACKING:
        return say("verify.gone", place=place, follows=one.follows)
    if one.kind is Kind.ADDED:
        return say("verify.added", place=place, found=one.found)
    return say("verify.otherwise", place=place, found=one.found, follows=one.follows)
