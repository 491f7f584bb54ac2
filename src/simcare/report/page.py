"""The page: parts made of words, charts and tables, as one file that opens without a network.

Nothing here knows what a study is about. Charts and tables are numbered in their order; each chart
names its table and each table its chart.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from simcare.report.drawing import Table
from simcare.report.pictures import Picture
from simcare.report.svg import to_svg
from simcare.report.words import LANGUAGE, capital, listed, say

TEMPLATE = "report-page.html.j2"
_NUMBER = re.compile(r"[−-]?[\d,]+(\.\d+)?")


@dataclass(frozen=True)
class Words:
    """A paragraph: the answer itself ("lead"), a warning, something aside ("quiet"), or plain."""

    text: str
    role: str = "plain"
    kind: str = "words"


@dataclass(frozen=True)
class Heading:
    """A heading within a part."""

    text: str
    kind: str = "heading"


@dataclass(frozen=True)
class Points:
    """A list of a few sentences."""

    items: tuple[str, ...]
    kind: str = "points"


@dataclass(frozen=True)
class Figure:
    """A chart in the page, with the number of the table that holds its numbers.

    ``numbers_in`` are the files of the results folder that they are from.
    """

    number: int
    table: int
    title: str
    subtitle: str
    alt: str
    wide: str
    narrow: str = ""
    numbers_in: tuple[str, ...] = ()
    kind: str = "figure"

    @property
    def files(self) -> str:
        """Name the files that its numbers are in."""
        return listed(self.numbers_in)


@dataclass(frozen=True)
class Grid:
    """A table in the page; ``figure`` is the number of the chart that it belongs to, or 0.

    ``numbers_in`` are the files of the results folder that its numbers are from.
    """

    number: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers_in: tuple[str, ...]
    figure: int = 0
    kind: str = "grid"

    @property
    def files(self) -> str:
        """Name the files that its numbers are in."""
        return listed(self.numbers_in)

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Say of each column whether it holds numbers, which are set flush right."""
        words = (say("ui.no_data"), say("ui.not_relevant"))
        return tuple(
            k > 0 and all(_NUMBER.fullmatch(row[k]) or row[k] in words for row in self.rows)
            for k in range(len(self.header))
        )


Block = Words | Heading | Points | Figure | Grid


@dataclass(frozen=True)
class Part:
    """A part of the page, with its heading."""

    name: str
    title: str
    blocks: tuple[Block, ...]


@dataclass
class Composer:
    """Puts parts together, and numbers charts and tables as they come."""

    parts: list[Part] = field(default_factory=list)
    figures: int = 0
    tables: int = 0
    later: list[Grid] = field(default_factory=list)
    """The tables of charts, which stand at the end, each under the number of its chart."""

    def part(self, name: str, title: str, blocks: Sequence[Block]) -> None:
        """Add a part, unless it says nothing."""
        if blocks:
            self.parts.append(Part(name, title, tuple(blocks)))

    def figure(self, picture: Picture) -> Figure:
        """Return a chart as it stands in the page; its table comes at the end."""
        self.figures += 1
        n, chart, narrow = self.figures, picture.chart, picture.narrow
        table, files = chart.table, picture.numbers_in
        self.later.append(Grid(str(n), chart.title, table.header, table.rows, files, n))
        return Figure(
            number=n,
            table=n,
            title=chart.title,
            subtitle=chart.subtitle,
            alt=chart.alt,
            wide=_named(to_svg(chart.figure, f"fig{n}w"), n),
            narrow=_named(to_svg(narrow.figure, f"fig{n}n"), n) if narrow else "",
            numbers_in=files,
        )

    def grid(self, caption: str, table: Table, numbers_in: tuple[str, ...]) -> Grid:
        """Return a table as it stands among the words; it has a letter, not a number.

        ``numbers_in`` are the files of the results folder that hold its numbers.
        """
        self.tables += 1
        header = tuple(map(capital, table.header))
        return Grid(chr(ord("A") + self.tables - 1), caption, header, table.rows, numbers_in)

    def numbers(self) -> list[Grid]:
        """Return the tables of all charts so far, each under the number of its chart."""
        return [*self.later]

    def html(
        self, title: str, notes: Sequence[str], foot: Sequence[str], metas: Mapping[str, str]
    ) -> bytes:
        """Return the page; ``metas`` say to programs of which results it is."""
        template = _environment().get_template(TEMPLATE)
        text = template.render(
            language=LANGUAGE,
            title=title,
            notes=notes,
            parts=self.parts,
            foot=foot,
            metas=metas,
            say=say,
        )
        return (text.rstrip() + "\n").encode()


def _named(svg: str, number: int) -> str:
    """Return a picture that tells whoever cannot see it what it is called and what it shows."""
    aria = f'role="img" aria-labelledby="fig{number}-t" aria-describedby="fig{number}-a" '
    return svg.replace("<svg ", f"<svg {aria}", 1)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
