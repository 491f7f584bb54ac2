"""A page read back: its sentences, its tables cell by cell, its charts with their texts."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from simcare.report.belonging import CONFIG, RUN, Results

_TEXTS = frozenset(
    {"title", "h1", "h2", "h3", "p", "li", "a", "caption", "th", "td", "text", "style"}
)
_ROWS = frozenset({"th", "td"})
_FIGURE = re.compile(r'<figure id="(fig\d+)"[^>]*>.*?</figure>', re.DOTALL)
# Where one sentence of a paragraph ends and the next begins.
_BETWEEN = re.compile(r"(?<=[.:!?]) (?=[A-Z0-9])")


@dataclass
class Contents:
    """What a page says. ``looks`` are its tags and their attributes, charts left out.

    ``tables`` and ``figures`` are by the id in the page: the caption of a table and its rows, the
    first of which are the headings; the texts of a chart. ``pictures`` are charts as drawn.
    """

    sentences: list[str] = field(default_factory=list)
    captions: dict[str, str] = field(default_factory=dict)
    tables: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    figures: dict[str, list[str]] = field(default_factory=dict)
    pictures: dict[str, str] = field(default_factory=dict)
    looks: list[str] = field(default_factory=list)
    results: Results | None = None

    @property
    def cells(self) -> int:
        """How many cells its tables have, headings included."""
        return sum(len(row) for rows in self.tables.values() for row in rows)


def contents_of(page: bytes) -> Contents:
    """Return what a page says; of a file that is no page of ours whatever is like one in it."""
    text = page.decode("utf-8", errors="replace")
    reader = _Reader()
    reader.feed(text)
    reader.close()
    reader.flush()
    found = reader.contents
    found.pictures = {m[1]: m[0] for m in _FIGURE.finditer(text)}
    if CONFIG in reader.metas and RUN in reader.metas:
        found.results = Results(reader.metas[CONFIG], reader.metas[RUN])
    return found


def texts_of(svg: bytes) -> list[str]:
    """Return the texts of a chart in a file of its own."""
    wrapped = b'<figure id="fig0">' + svg + b"</figure>"
    return contents_of(wrapped).figures.get("fig0", [])


class _Reader(HTMLParser):
    """Reads a page from its start to its end. Made for one use."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.contents, self.metas = Contents(), dict[str, str]()
        self.table = self.figure = self.tag = ""
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where we are, and begin a text."""
        known = {name: value or "" for name, value in attrs}
        if tag == "meta" and "name" in known:
            self.metas[known["name"]] = known.get("content", "")
        if not self.figure:
            self.contents.looks.append(f"{tag} {attrs}")
        if tag == "figure":
            self.flush()
            self.figure = known.get("id", "")
            self.contents.figures.setdefault(self.figure, [])
        elif tag == "table":
            self.flush()
            self.table = known.get("id", "")
            self.contents.tables.setdefault(self.table, [])
        elif tag == "tr" and self.table:
            self.contents.tables[self.table].append(())
        elif tag in _TEXTS and not (tag == "a" and self.tag):
            self.flush()
            self.tag = tag

    def handle_data(self, data: str) -> None:
        """Take text up, wherever it stands."""
        self.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        """End a text, a chart or a table."""
        if tag == self.tag:
            self.flush()
        elif tag == "figure":
            self.flush()
            self.figure = ""
        elif tag == "table":
            self.flush()
            self.table = ""

    def flush(self) -> None:
        """Put the text so far where it belongs; outside of all texts it is a sentence too."""
        text, tag = " ".join("".join(self.text).split()), self.tag
        self.text, self.tag = [], ""
        if tag in _ROWS and self.table and self.contents.tables[self.table]:
            self.contents.tables[self.table][-1] += (text,)
        elif not text:
            return
        elif tag == "style":
            self.contents.looks.append(text)
        elif tag == "caption" and self.table:
            self.contents.captions[self.table] = text
        elif self.figure:
            self.contents.figures[self.figure].append(text)
        else:
            self.contents.sentences += _BETWEEN.split(text)
