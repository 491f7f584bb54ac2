"""A report while it is put together: the findings, how they are viewed, and the page so far."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from simcare.analysis.findings import Findings
from simcare.report import pictures
from simcare.report.answer import Titles, longer, titles_of
from simcare.report.drawing import Table
from simcare.report.page import Block, Composer, Grid
from simcare.report.pictures import Picture, View

Origin = Mapping[str, Any]


@dataclass
class Draft:
    """What the parts of a report share. ``origin`` is the provenance of the run."""

    findings: Findings
    origin: Origin
    page: Composer = field(default_factory=Composer)
    drawn: list[Picture] = field(default_factory=list)

    @cached_property
    def view(self) -> View:
        """The first case, which charts show."""
        return pictures.view(self.findings, next(iter(self.findings.about.cases)))

    @cached_property
    def titles(self) -> Titles:
        """How policies and cases are named to readers."""
        return titles_of(self.findings.about)

    def longer(self, policy: str) -> str:
        """Return that a policy only makes the wait longer, in the case shown, or nothing."""
        base, *others = self.view.scenarios
        (other,) = (scenario for scenario in others if scenario.policy == policy)
        return longer(base, other, self.view.rows(policy), self.titles)

    def draw(self, found: Iterable[Picture]) -> Iterator[Block]:
        """Yield charts as they stand in the page, and remember them for files of their own."""
        for picture in found:
            self.drawn.append(picture)
            yield self.page.figure(picture)

    def grid(
        self,
        caption: str,
        header: tuple[str, ...],
        rows: Sequence[tuple[str, ...]],
        *numbers_in: str,
    ) -> Grid:
        """Return a table as it stands in the page, with the files that hold its numbers."""
        return self.page.grid(caption, Table(header, tuple(rows)), numbers_in)
