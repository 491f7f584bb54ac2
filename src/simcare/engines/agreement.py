"""Whether two engines wrote down the same: byte for byte, or the first visit on which they differ.

Two runs of one scenario, seed and replication agree when every column of every row has the same
bytes. Numbers that merely compare as equal (0.0 and -0.0) are a difference, and two NaN of the same
bytes are none.
"""

import numpy as np
from numpy.typing import NDArray

from simcare.engines.program import Program
from simcare.kernels.tables import FATES, VISIT, Row, Rows


def first_difference(ours: Rows, theirs: Rows, program: Program) -> str | None:
    """Return None if two runs have the same visits, else words on the first row that differs.

    ``ours`` and ``theirs`` are VISIT rows as an engine returns them, ``program`` is what both
    played. The words name the client, the stage, the episode, which visit to the stage in it
    (``n``), the tick of asking, and every column that differs with its value in both. Where one is
    the beginning of the other, they name the first row that is in one alone.

    Raises ValueError when either does not consist of VISIT rows.
    """
    for visits in (ours, theirs):
        if visits.dtype != VISIT:
            raise ValueError(f"visits of the type VISIT are required, not {visits.dtype}")
    if _whole(ours) and _whole(theirs) and np.array_equal(ours.view("u8"), theirs.view("u8")):
        return None
    shared = min(len(ours), len(theirs))
    differs = np.zeros(shared, np.bool_)
    for name in VISIT.names or ():
        differs |= _as_words(ours[name][:shared]) != _as_words(theirs[name][:shared])
    lengths = f"; ours has {_rows(ours)}, theirs {_rows(theirs)}" if _uneven(ours, theirs) else ""
    if differs.any():
        row = int(np.argmax(differs))
        columns = ", ".join(_columns(ours[row], theirs[row], program))
        return f"row {row}, {_address(ours[row], program)}: {columns}{lengths}"
    if lengths:
        longer, whose = (ours, "ours") if len(ours) > shared else (theirs, "theirs")
        return f"row {shared}, {_address(longer[shared], program)}: in {whose} alone{lengths}"
    return None


def _whole(visits: Rows) -> bool:
    """Return whether the rows lie together, so that they can be taken as whole words."""
    return bool(visits.flags.c_contiguous)


def _as_words(column: NDArray[np.generic]) -> NDArray[np.unsignedinteger]:
    """Return a column with its bytes taken as whole numbers, so that equal means the same bytes."""
    return np.ascontiguousarray(column).view(f"u{column.dtype.itemsize}")


def _uneven(ours: Rows, theirs: Rows) -> bool:
    return len(ours) != len(theirs)


def _rows(visits: Rows) -> str:
    return "1 row" if len(visits) == 1 else f"{len(visits)} rows"


def _address(visit: Row, program: Program) -> str:
    """Return which visit a row is about."""
    return (
        f"client {visit['client']}, stage {_stage(visit['stage'], program)}, "
        f"episode {visit['episode']}, n {visit['n']}, asked at tick {visit['queued']}"
    )


def _stage(number: int, program: Program) -> str:
    return program.stages[number] if number < len(program.stages) else f"number {number}"


def _columns(ours: Row, theirs: Row, program: Program) -> list[str]:
    """Return each column in which two rows differ, with both values."""
    told = []
    for name in VISIT.names or ():
        one, other = ours[name], theirs[name]
        if one.tobytes() != other.tobytes():
            words = [_told(name, value, program) for value in (one, other)]
            if words[0] == words[1]:  # NaN are of many kinds, and all read alike
                words = [
                    f"{w} ({v.tobytes().hex()})" for w, v in zip(words, (one, other), strict=True)
                ]
            told.append(f"{name} is {words[0]} in ours, {words[1]} in theirs")
    return told


def _told(name: str, value: np.generic, program: Program) -> str:
    """Return a value of a column in words: stages and fates by name."""
    if name == "stage":
        return _stage(int(value.item()), program)
    if name == "fate" and value.item() < len(FATES):
        return FATES[value.item()]
    return str(value.item())
