"""Where a stored table is not the one that follows: by row and column, or by key."""

import csv
import io
import json
from collections.abc import Iterator, Sequence

import polars as pl

from simcare.analysis.differences import Difference, Kind, apart, differing
from simcare.analysis.spreadsheet import restored

Cells = tuple[str, ...]


def table_differences(name: str, found: bytes, follows: bytes) -> list[Difference]:
    """Return where a table differs from the one that follows; none where every byte is the same.

    Rows are named by their line in the file and by the texts that they begin with. A file that is
    no table of its kind is one difference.
    """
    if found == follows:
        return []
    read = _READERS[name.rpartition(".")[2]]
    try:
        differences = list(_by_rows(name, read(found), read(follows)))
    except (ValueError, csv.Error, RecursionError, pl.exceptions.PolarsError, OSError):
        return [Difference(Kind.LOOKS, name)]
    return differences or [Difference(Kind.LOOKS, name)]


def _by_rows(name: str, found: list[Cells], follows: list[Cells]) -> Iterator[Difference]:
    """Yield the cells that differ of two tables, whose first rows are the names of columns."""
    header = follows[0]
    for mine, theirs in apart(found, follows):
        row = follows[theirs] if theirs is not None else found[mine or 0]
        line = theirs if theirs is not None else mine or 0
        named = f"{line + 1} ({', '.join(_texts(row))})"
        if mine is None or theirs is None:
            said = ", ".join(row)
            is_there = mine is not None
            yield differing(name, said if is_there else "", "" if is_there else said, named)
            continue
        yield from _cells(name, named, header, found[mine], row)


def _cells(
    name: str, row: str, header: Sequence[str], found: Cells, follows: Cells
) -> Iterator[Difference]:
    if len(found) != len(follows):
        yield differing(name, ", ".join(found), ", ".join(follows), row)
        return
    for column, mine, theirs in zip(header, found, follows, strict=False):
        if mine != theirs:
            yield Difference(Kind.OTHER, name, row, column, mine, theirs)


def _texts(row: Cells) -> list[str]:
    """Return the texts that a row begins with, up to its first number."""
    found = []
    for cell in row:
        if cell and _is_number(cell):
            break
        if cell:
            found.append(cell)
    return found


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _csv(data: bytes) -> list[Cells]:
    lines = csv.reader(io.StringIO(data.decode("utf-8")), strict=True)
    return [tuple(map(restored, line)) for line in lines]


def _parquet(data: bytes) -> list[Cells]:
    """Return the rows of a Parquet file, its numbers to their last digit."""
    frame = pl.read_parquet(io.BytesIO(data))
    return [tuple(frame.columns), *(tuple(map(str, row)) for row in frame.iter_rows())]


def _json(data: bytes) -> list[Cells]:
    """Return the values of a JSON file, each with its path."""
    return [("key", "value"), *_values("", json.loads(data))]


def _values(path: str, value: object) -> Iterator[Cells]:
    if isinstance(value, dict | list) and value:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from _values(f"{path}.{key}" if path else str(key), inner)
    else:
        yield path, json.dumps(value, ensure_ascii=False)


_READERS = {"csv": _csv, "parquet": _parquet, "json": _json}
