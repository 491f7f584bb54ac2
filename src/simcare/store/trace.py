"""Reading single lives from the records of a finished run: no more rows than are needed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from simcare.analysis.trace import Client, Lives
from simcare.store.folder import Folder
from simcare.store.parts import VISITS
from simcare.store.records import visits_of
from simcare.store.whole import StoreError

PART = "part"


@dataclass(frozen=True)
class Register:
    """Who is in the records of a scenario: for each replication, how many people of each stream.

    ``streams`` are all the arrival streams; those of whom nobody came are not in ``people``.
    """

    streams: tuple[str, ...]
    people: dict[int, dict[str, int]]


def register(folder: Folder, case: str, policy: str) -> Register:
    """Return who is in the records of a scenario.

    Raises StoreError if there are none, or if they cannot be read.
    """
    scan = _scan(folder, case, policy)
    try:
        streams = tuple(_categories(scan, "stream"))
        rows = (
            scan.group_by("replication", "stream")
            .agg(pl.col("number").max() + 1)
            .sort("replication", "stream")
            .collect()
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise unreadable(_where(folder, case, policy)) from error
    people: dict[int, dict[str, int]] = {}
    for replication, stream, number in rows.iter_rows():
        people.setdefault(replication, {})[stream] = number
    return Register(streams, people)


def lives(
    folder: Folder, case: str, policy: str, replication: int, client: Client | None = None
) -> Lives:
    """Return the visits of one replication of a scenario: of all its clients, or of one.

    There are none of a client of a stream that the scenario has not. Raises StoreError if a part of
    the records that they are read from is missing, or is not as the run wrote it.
    """
    scan = _scan(folder, case, policy).filter(pl.col("replication") == replication)
    try:
        stages, streams = (tuple(_categories(scan, name)) for name in ("stage", "stream"))
        if client is not None and client.stream in streams:
            mine = (pl.col("stream") == client.stream) & (pl.col("number") == client.number)
            scan = scan.filter(mine)
        elif client is not None:
            scan = scan.clear()
        rows = scan.collect()
        for part in rows[PART].unique().to_list():
            name = Path(part).relative_to(folder.path).as_posix()
            if not folder.holds(name):
                raise StoreError(f"{part}: changed since the run wrote it")
        return Lives(
            visits=visits_of(rows, replication),
            stages=stages,
            stream_names=streams,
            streams=rows["stream"].to_physical().to_numpy().astype(np.int64),
            numbers=rows["number"].to_numpy().astype(np.int64),
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise unreadable(_where(folder, case, policy)) from error


def _where(folder: Folder, case: str, policy: str) -> Path:
    return folder.path / VISITS / case / policy


def _scan(folder: Folder, case: str, policy: str) -> pl.LazyFrame:
    where = _where(folder, case, policy)
    parts = sorted(where.glob("part-*.parquet"))
    if not parts:
        raise none_kept(where)
    return pl.scan_parquet(parts, include_file_paths=PART, glob=False)


def _categories(scan: pl.LazyFrame, name: str) -> list[str]:
    """Return the names that a column of names is made of."""
    kind = scan.collect_schema().get(name)
    if not isinstance(kind, pl.Enum):
        raise pl.exceptions.SchemaError(f"{name} is no column of names")
    return kind.categories.to_list()


def none_kept(where: Path) -> StoreError:
    """Return what is raised where no records of a scenario are kept."""
    return StoreError(
        f"{where}: no records of visits are kept there; the run's command with keep=visits, "
        "and its folder as output=, makes them"
    )


def unreadable(where: Path) -> StoreError:
    """Return what is raised where the records of a scenario cannot be read."""
    return StoreError(f"{where}: a part of the records is damaged, or is not one of simcare's")
