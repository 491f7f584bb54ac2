"""Records as tables and back: names for numbers, empty where nothing happened."""

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


def frame_of(scene: Scene, block: Block, played: Played) -> pl.DataFrame:
    """Return a block's records as a table: names for numbers, empty where nothing happened."""
    stages = pl.Enum(list(scene.scenario.service.stages))
    streams = list(scene.scenario.service.arrivals)
    word = {name_id(name): k for k, name in enumerate(streams)}
    frames = []
    for replication, visits, ids in zip(block.replications, played.visits, played.ids, strict=True):
        mine = ids[visits["client"]]
        stream = np.array([word[int(w)] for w in np.unique(mine >> np.uint64(32))], np.uint8)
        _, which = np.unique(mine >> np.uint64(32), return_inverse=True)
        columns: dict[str, Any] = {
            "replication": np.full(len(visits), replication, np.uint32),
            "stream": pl.Series(stream[which] if len(mine) else np.zeros(0, np.uint8)),
            "number": (mine & np.uint64(0xFFFFFFFF)).astype(np.uint32),
            **{name: np.ascontiguousarray(visits[name]) for name in COUNTS},
            "stage": pl.Series(np.ascontiguousarray(visits["stage"])),
            **{name: np.ascontiguousarray(visits[name]) for name in TICKS},
            "fate": pl.Series(np.ascontiguousarray(visits["fate"])),
            **{name: np.ascontiguousarray(visits[name]) for name in STATES},
        }
        frames.append(pl.DataFrame(columns))
    table = pl.concat(frames)
    named = {"stream": pl.Enum(streams), "stage": stages, "fate": pl.Enum(list(FATES))}
    return table.with_columns(
        *(pl.col(name).cat.to(kind) for name, kind in named.items()),
        *(pl.when(pl.col(name) >= 0).then(pl.col(name)).alias(name) for name in TICKS),
        *(pl.col(name).fill_nan(None) for name in STATES),
    )


def visits_of(table: pl.DataFrame, replication: int) -> NDArray[np.void]:
    """Return one replication's records from a table, as they were."""
    rows = table.filter(pl.col("replication") == replication)
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
