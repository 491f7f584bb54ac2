"""Records as tables and back: names for numbers, empty where nothing happened."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simcare.kernels.draws import name_id
from simcare.kernels.tables import FATES, VISIT
from simcare.study import Block, Played, Scene

TICKS = ("queued", "started", "ended")
STATES = tuple(f"{n}_{m}" for n in ("motivation", "severity") for m in TICKS)
COUNTS = ("client", "episode", "n", "unit")
# Sums are taken in another order on other processors, which moves the last digits of a number.
SAME = 1e-9
SAME_SINGLE = 1e-6  # of numbers of single precision
_FATE = pl.col("fate")


def frame_of(scene: Scene, block: Block, played: Played) -> pl.DataFrame:
    """Return a block's records as a table: names for numbers, empty where nothing happened.

    Column after column, so that little is in memory twice. People of day 0 are left out.
    """
    streams = list(scene.scenario.service.arrivals)
    visits = [
        one[np.searchsorted(one["client"], here) :]
        for one, here in zip(played.visits, played.here, strict=True)
    ]
    named = {"stage": list(scene.scenario.service.stages), "fate": list(FATES)}
    rows = [len(one) for one in visits]
    columns = [pl.Series("replication", np.repeat(np.array(block.replications, np.uint32), rows))]
    which, number = zip(*(places_of(ids, streams) for ids in played.ids), strict=True)
    columns.append(named_series("stream", _of_visits(which, visits), streams))
    columns.append(pl.Series("number", _of_visits(number, visits)))
    for name in (*COUNTS, "stage", *TICKS, "fate", *STATES):
        column = np.concatenate([one[name] for one in visits])
        if name in named:
            columns.append(named_series(name, column, named[name]))
        elif name in TICKS:
            columns.append(pl.Series(name, column).set(pl.Series(column < 0), None))
        else:
            columns.append(pl.Series(name, column, nan_to_null=name in STATES))
    return pl.DataFrame(columns)


def places_of(
    ids: NDArray[np.uint64], streams: Sequence[str]
) -> tuple[NDArray[np.uint8], NDArray[np.uint32]]:
    """Return for each client the number of the stream, and the client's number in it.

    What is said of people of day 0, who are of none of these streams, means nothing.
    """
    words = np.array([name_id(name) for name in streams], np.uint64)
    order = np.argsort(words)
    places = np.searchsorted(words[order], ids >> np.uint64(32))
    which = order[np.minimum(places, len(words) - 1)]
    return which.astype(np.uint8), (ids & np.uint64(0xFFFFFFFF)).astype(np.uint32)


def _of_visits(
    of_clients: Sequence[NDArray[Any]], visits: Sequence[NDArray[np.void]]
) -> NDArray[Any]:
    """Return for each visit what is so of its client, over all replications."""
    return np.concatenate([of[v["client"]] for of, v in zip(of_clients, visits, strict=True)])


def named_series(name: str, codes: NDArray[Any], names: Sequence[str]) -> pl.Series:
    """Return numbers as the names that they stand for."""
    return pl.DataFrame({name: codes}).select(pl.col(name).cat.to(pl.Enum(names)))[name]


def _as_now(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table of visits with today's fates: earlier versions had fewer, of other numbers."""
    fates = table.schema.get("fate")
    known = isinstance(fates, pl.Enum) and set(fates.categories) < set(FATES)
    return table.with_columns(_FATE.cast(pl.String).cast(pl.Enum(FATES))) if known else table


def visits_of(table: pl.DataFrame, replication: int) -> NDArray[np.void]:
    """Return one replication's records from a table, as they were."""
    rows = _as_now(table).filter(pl.col("replication") == replication)
    visits = np.zeros(len(rows), VISIT)
    for name in ("stage", "fate"):
        visits[name] = rows[name].to_physical().to_numpy()
    for name in COUNTS:
        visits[name] = rows[name].to_numpy()
    for name in TICKS:
        visits[name] = rows[name].fill_null(-1).to_numpy()
    for name in STATES:
        visits[name] = rows[name].cast(pl.Float32).to_numpy()
    return visits


def unlike(table: pl.DataFrame, made: pl.DataFrame, whole: range) -> str | None:
    """Return in words where a block's table is not what its replications make; None if it is.

    ``made`` may hold some of the block's replications, ``whole``; the others are not looked at.
    Every column is: the names too that ``visits_of`` takes for numbers. Series of numbers may
    differ in their last digits, which other processors round otherwise.
    """
    table = _as_now(table)
    if table.schema != made.schema:
        return f"its columns are not {', '.join(made.columns)}, or not of their types"
    strays = table.filter(~pl.col("replication").is_in(list(whole)))
    if len(strays):
        return f"replication {strays['replication'][0]} has no place in it"
    rows = table.filter(pl.col("replication").is_in(made["replication"].unique().implode()))
    if len(rows) != len(made):
        return f"it has {len(rows)} rows, not {len(made)}"
    for name in made.columns:
        differs = _UNLIKE.get(made.schema[name], pl.Series.ne_missing)(rows[name], made[name])
        if differs.any():
            k = int(differs.arg_true()[0])
            return f"row {k}: {name} {_apart(rows[name][k], made[name][k])}"
    return None


def _unlike_series(ours: pl.Series, theirs: pl.Series) -> pl.Series:
    """Return in which rows two columns of series of numbers differ by more than last digits."""
    both = zip(ours, theirs, strict=True)
    return pl.Series(
        [len(a) != len(b) or not _close(a, b).all() for a, b in both], dtype=pl.Boolean
    )


def _unlike_points(ours: pl.Series, theirs: pl.Series) -> pl.Series:
    """Return in which rows two columns of numbers of single precision differ by more than that."""
    return pl.Series(~_close(ours, theirs, SAME_SINGLE))


def _close(ours: pl.Series, theirs: pl.Series, same: float = SAME) -> NDArray[np.bool_]:
    close: NDArray[np.bool_] = np.isclose(
        ours.to_numpy(), theirs.to_numpy(), same, same, equal_nan=True
    )
    return close


# How columns of numbers are compared that other processors may round otherwise.
_UNLIKE = {pl.List(pl.Float64()): _unlike_series, pl.Float32(): _unlike_points}


def _apart(ours: Any, theirs: Any) -> str:
    """Return two cells that differ in words; of series, the first number that differs."""
    if not isinstance(ours, pl.Series):
        return f"is {ours}, not {theirs}"
    if len(ours) != len(theirs):
        return f"holds {len(ours)} numbers, not {len(theirs)}"
    k = int(np.argmin(_close(ours, theirs)))
    return f"holds {ours[k]} as number {k}, not {theirs[k]}"
