"""What stands somewhere beside what follows: differences, and where two lists are apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class Kind(StrEnum):
    """How something differs: it says something else, is not there, is too much, or looks else."""

    OTHER = "other"
    LACKING = "lacking"
    ADDED = "added"
    LOOKS = "looks"


@dataclass(frozen=True)
class Difference:
    """One thing that is not what follows.

    ``part`` is the file, table or chart, or "" for a sentence; ``row`` and ``column`` say where in
    it. ``found`` is what stands there, ``follows`` what should; each empty where there is nothing.
    """

    kind: Kind
    part: str
    row: str = ""
    column: str = ""
    found: str = ""
    follows: str = ""


def differing(part: str, found: str, follows: str, row: str = "", column: str = "") -> Difference:
    """Return the difference of two texts, of which one may be empty: not there, or too much."""
    kind = Kind.LACKING if not found else Kind.ADDED if not follows else Kind.OTHER
    return Difference(kind, part, row, column, found, follows)


def apart(found: Sequence[T], follows: Sequence[T]) -> Iterator[tuple[int | None, int | None]]:
    """Yield the places of what differs in two lists: in both, or in one where the other has none.

    Lists of one length are compared place by place; others by the longest runs that they share.
    """
    if len(found) == len(follows):
        both = enumerate(zip(found, follows, strict=True))
        yield from ((k, k) for k, (mine, theirs) in both if mine != theirs)
        return
    matcher = SequenceMatcher(None, found, follows, autojunk=False)
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        common = min(i_end - i, j_end - j)
        yield from ((i + k, j + k) for k in range(common))
        yield from ((k, None) for k in range(i + common, i_end))
        yield from ((None, k) for k in range(j + common, j_end))
