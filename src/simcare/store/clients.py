"""What became of each client, as a table and back, bit for bit: a row for each client."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import polars as pl

from simcare.analysis.clients import Clients, Grouping
from simcare.kernels.draws import name_id
from simcare.store.records import named_series, places_of
from simcare.study import Block, Scene

COLUMNS = ("started", "gave_up", "relapsed", "died")  # of EVENTS, in their order
WELLBEING, AT_ARRIVAL = "wellbeing", "_at_arrival"
_NUMBERS = {"replication": pl.UInt32(), "number": pl.UInt32(), "asked": pl.Int64()}


def clients_frame(scene: Scene, block: Block, clients: Sequence[Clients]) -> pl.DataFrame:
    """Return the clients of a block's replications as a table; ``asked`` is a tick.

    A client is named by stream and number in it. Attributes are as at the arrival, numbers by band.
    """
    streams = list(scene.scenario.service.arrivals)
    rows = [len(one.ids) for one in clients]
    which, number = places_of(np.concatenate([one.ids for one in clients]), streams)
    columns = [
        pl.Series("replication", np.repeat(np.array(block.replications, np.uint32), rows)),
        named_series("stream", which, streams),
        pl.Series("number", number),
        pl.Series("asked", np.concatenate([one.asked for one in clients])),
    ]
    events = np.concatenate([one.events for one in clients], axis=1)
    columns += [pl.Series(name, row) for name, row in zip(COLUMNS, events, strict=True)]
    told = [one.wellbeing for one in clients if one.wellbeing is not None]
    if told:
        columns.append(pl.Series(WELLBEING, np.concatenate(told)))
    groups = np.concatenate([one.groups for one in clients], axis=1)
    for grouping, codes in zip(clients[0].groupings, groups, strict=True):
        columns.append(named_series(f"{grouping.by}{AT_ARRIVAL}", codes, grouping.groups))
    return pl.DataFrame(columns)


def clients_from(table: pl.DataFrame, block: Block) -> tuple[Clients, ...]:
    """Return the clients of each of a block's replications, read from its table.

    Raises ValueError if it is not a table of clients.
    """
    groupings = _groupings(table)
    streams = table.schema.get("stream")
    known = {**_NUMBERS, **dict.fromkeys(COLUMNS, pl.Boolean())}
    if not isinstance(streams, pl.Enum) or any(table.schema.get(n) != t for n, t in known.items()):
        raise ValueError(f"other columns than stream, {', '.join(known)}")
    words = np.array([name_id(name) for name in streams.categories], np.uint64)
    ids = words[table["stream"].to_physical().to_numpy()] << np.uint64(32)
    ids |= table["number"].to_numpy().astype(np.uint64)
    asked = table["asked"].to_numpy()
    events = np.stack([table[name].to_numpy() for name in COLUMNS])
    wellbeing = table[WELLBEING].to_numpy() if WELLBEING in table.columns else None
    groups = np.empty((len(groupings), len(table)), np.uint16)
    for row, grouping in zip(groups, groupings, strict=True):
        row[:] = table[f"{grouping.by}{AT_ARRIVAL}"].to_physical().to_numpy()
    numbers = block.replications
    edges = np.searchsorted(table["replication"].to_numpy(), [*numbers, numbers.stop]).tolist()
    return tuple(
        Clients(
            ids[a:b],
            asked[a:b],
            events[:, a:b],
            None if wellbeing is None else wellbeing[a:b],
            groupings,
            groups[:, a:b],
        )
        for a, b in pairwise(edges)
    )


def _groupings(table: pl.DataFrame) -> tuple[Grouping, ...]:
    """Return by what the clients of a table are grouped."""
    return tuple(
        Grouping(name.removesuffix(AT_ARRIVAL), tuple(kind.categories))
        for name, kind in table.schema.items()
        if name.endswith(AT_ARRIVAL) and isinstance(kind, pl.Enum)
    )
