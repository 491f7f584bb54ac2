"""Where a page says something else than the one that follows: sentences, cells, charts."""

from collections.abc import Iterator, Sequence

from simcare.analysis.differences import Difference, Kind, apart, differing
from simcare.report.page_reading import Contents, contents_of, texts_of
from simcare.report.words import say

Rows = Sequence[tuple[str, ...]]


def page_differences(found: bytes, follows: bytes) -> list[Difference]:
    """Return where a page differs from the one that follows; none where every byte is the same."""
    if found == follows:
        return []
    mine, theirs = contents_of(found), contents_of(follows)
    differences = [*_sentences(mine, theirs), *_tables(mine, theirs), *_figures(mine, theirs)]
    is_whole = all(one.kind in (Kind.OTHER, Kind.LOOKS) for one in differences)
    if not differences or (is_whole and mine.looks != theirs.looks):
        differences.append(Difference(Kind.LOOKS, say("verify.elsewhere")))
    return differences


def chart_differences(name: str, found: bytes, follows: bytes) -> list[Difference]:
    """Return where a chart's own file, SVG or PNG, differs from the one that follows."""
    if found == follows:
        return []
    is_text = name.endswith(".svg")
    differences = list(_texts(name, texts_of(found), texts_of(follows))) if is_text else []
    return differences or [Difference(Kind.LOOKS, name)]


def _sentences(found: Contents, follows: Contents) -> Iterator[Difference]:
    yield from _texts("", found.sentences, follows.sentences)


def _texts(part: str, found: Sequence[str], follows: Sequence[str]) -> Iterator[Difference]:
    for mine, theirs in apart(found, follows):
        yield differing(
            part,
            "" if mine is None else found[mine],
            "" if theirs is None else follows[theirs],
        )


def _tables(found: Contents, follows: Contents) -> Iterator[Difference]:
    for name in dict.fromkeys([*follows.tables, *found.tables]):
        part = say("ui.table", n=name.removeprefix("tab"))
        if name not in found.tables or name not in follows.tables:
            yield Difference(Kind.LACKING if name in follows.tables else Kind.ADDED, part)
            continue
        captions = (found.captions.get(name, ""), follows.captions.get(name, ""))
        if captions[0] != captions[1]:
            yield differing(part, *captions)
        yield from _rows(part, found.tables[name], follows.tables[name])


def _rows(part: str, found: Rows, follows: Rows) -> Iterator[Difference]:
    header = follows[0] if follows else ()
    for mine, theirs in apart(found, follows):
        row = follows[theirs] if theirs is not None else found[mine or 0]
        named = f"{theirs if theirs is not None else mine} ({row[0] if row else ''})"
        whole = (
            "" if mine is None else ", ".join(found[mine]),
            "" if theirs is None else ", ".join(follows[theirs]),
        )
        if mine is None or theirs is None or len(found[mine]) != len(row):
            yield differing(part, *whole, named)
            continue
        for k, (cell, wanted) in enumerate(zip(found[mine], row, strict=True)):
            if cell != wanted:
                column = header[k] if k < len(header) else str(k + 1)
                yield Difference(Kind.OTHER, part, named, column, cell, wanted)


def _figures(found: Contents, follows: Contents) -> Iterator[Difference]:
    for name in dict.fromkeys([*follows.figures, *found.figures]):
        part = say("ui.figure", n=name.removeprefix("fig"))
        if name not in found.figures or name not in follows.figures:
            yield Difference(Kind.LACKING if name in follows.figures else Kind.ADDED, part)
            continue
        differences = list(_texts(part, found.figures[name], follows.figures[name]))
        yield from differences
        if not differences and found.pictures.get(name) != follows.pictures.get(name):
            yield Difference(Kind.LOOKS, part)
