"""Visits of one replication read piece by piece: a large run needs no more memory than a small."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simcare.analysis.event_log import VisitRows
from simcare.kernels.tables import FATES, NONE
from simcare.store.folder import Folder
from simcare.store.parts import VISITS
from simcare.store.trace import none_kept, unreadable
from simcare.store.whole import StoreError

AT_ONCE = 20_000  # visits
_COLUMNS = {
    "clients": "client",
    "streams": "stream",
    "numbers": "number",
    "episodes": "episode",
    "stages": "stage",
    "units": "unit",
    "queued": "queued",
    "started": "started",
    "ended": "ended",
    "fates": "fate",
}


@dataclass(frozen=True)
class Visits:
    """Where the visits of one replication lie: some rows of a part, and what numbers stand for."""

    part: Path
    rows: range
    stages: tuple[str, ...]
    streams: tuple[str, ...]

    def pieces(self, at_once: int = AT_ONCE) -> Iterator[VisitRows]:
        """Yield the visits, whole clients at a time, in their order.

        Raises StoreError if the part cannot be read.
        """
        scan, kept, first = pl.scan_parquet(self.part, glob=False), None, 0
        for begin in range(self.rows.start, self.rows.stop, at_once):
            length = min(at_once, self.rows.stop - begin)
            try:
                piece = scan.select([*_COLUMNS.values()]).slice(begin, length).collect()
            except (pl.exceptions.PolarsError, OSError) as error:
                raise unreadable(self.part.parent) from error
            piece = piece if kept is None else pl.concat([kept, piece])
            last = piece["client"].to_numpy()
            cut = len(piece) if begin + length == self.rows.stop else _whole(last)
            if cut:
                yield _rows(piece[:cut], first)
            first, kept = first + cut, piece[cut:]

    def whole(self) -> VisitRows:
        """Return all the visits, of which some 80 bytes each are then in memory."""
        pieces = [*self.pieces()]
        names = [field.name for field in fields(VisitRows) if field.name != "first"]
        columns = {name: np.concatenate([getattr(p, name) for p in pieces]) for name in names}
        return VisitRows(first=0, **columns)


def _whole(clients: NDArray[np.uint32]) -> int:
    """Return how many of the first visits are of clients all of whose visits are among them."""
    return int(np.searchsorted(clients, clients[-1]))


def _rows(piece: pl.DataFrame, first: int) -> VisitRows:
    fates = piece["fate"].cast(pl.String).cast(pl.Enum(FATES))
    piece = piece.with_columns(fates, pl.col("queued", "started", "ended").fill_null(NONE))
    columns = {
        name: piece[column].to_physical().to_numpy().astype(np.int64)
        for name, column in _COLUMNS.items()
    }
    return VisitRows(first=first, **columns)


def replications_kept(folder: Folder, case: str, policy: str) -> dict[int, Path]:
    """Return in which part of a scenario's records each replication with visits lies.

    Raises StoreError if there are none, or if they cannot be read.
    """
    where = folder.path / VISITS / case / policy
    found: dict[int, Path] = {}
    for part in sorted(where.glob("part-*.parquet")):
        for replication in _replications(part):
            found[replication] = part
    if not found:
        raise none_kept(where)
    return found


def _replications(part: Path) -> list[int]:
    try:
        scan = pl.scan_parquet(part, glob=False).select(pl.col("replication").unique())
        return sorted(scan.collect()["replication"].to_list())
    except (pl.exceptions.PolarsError, OSError) as error:
        raise unreadable(part.parent) from error


def visits_in(folder: Folder, part: Path, replication: int) -> Visits:
    """Return where the visits of a replication lie in a part of the records of a finished run.

    Raises StoreError if the part is not as the run wrote it, or cannot be read.
    """
    name = part.relative_to(folder.path).as_posix()
    try:
        with part.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != folder.origin.get("sha256", {}).get(name, found):
            raise StoreError(f"{part}: changed since the run wrote it")
        scan = pl.scan_parquet(part, glob=False)
        schema = scan.collect_schema()
        stages, streams = (schema[column] for column in ("stage", "stream"))
        if not isinstance(stages, pl.Enum) or not isinstance(streams, pl.Enum):
            raise unreadable(part.parent)
        numbers = scan.select("replication").collect()["replication"].to_numpy()
    except (pl.exceptions.PolarsError, OSError, KeyError) as error:
        raise unreadable(part.parent) from error
    begin, end = np.searchsorted(numbers, [replication, replication + 1]).tolist()
    names = (tuple(kind.categories.to_list()) for kind in (stages, streams))
    return Visits(part, range(begin, end), *names)
