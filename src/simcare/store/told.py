"""What replications say, as a table and back, every number to its last bit.

A row is a series of numbers of one replication: an outcome is a series of one, a curve has a number
for each of the days that the series "days" of its group holds.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simcare.analysis.curves import States
from simcare.analysis.outcomes import Outcome
from simcare.study import Block, Scene, Told

OUTCOME, WAITING, FLOW, SHARE = "outcome", "people waiting by month", "flow", "share by day"
DAYS, AT_RISK, SEEN = "days", "at risk by day", "seen by day"
KINDS = (OUTCOME, WAITING, DAYS, AT_RISK, SEEN, SHARE, FLOW)
TEXTS = ("name", "over", "where", "since", "unit")
SCHEMA = {
    "replication": pl.UInt32(),
    "kind": pl.Enum(KINDS),
    **dict.fromkeys(TEXTS, pl.String()),
    "better": pl.Int8(),
    "values": pl.List(pl.Float64()),
}

Floats = NDArray[np.float64]
Key = tuple[str, str, str, str, str, str, int]  # kind, the texts, better
Series = tuple[Key, Floats]
_outcome = lru_cache(maxsize=10_000)(Outcome)


def told_frame(scene: Scene, block: Block, told: Sequence[Told]) -> pl.DataFrame:
    """Return what a block's replications say as a table of the columns ``SCHEMA``."""
    capacities = sorted(scene.scenario.service.capacities)
    numbers: list[int] = []
    keys: list[Key] = []
    series: list[Floats] = []
    for replication, one in zip(block.replications, told, strict=True):
        for key, values in _series(one, capacities):
            if len(values):
                numbers.append(replication)
                keys.append(key)
                series.append(values)
    lengths = [len(values) for values in series]
    rows = pl.DataFrame(
        {
            "row": np.repeat(np.arange(len(series), dtype=np.uint32), lengths),
            "values": np.concatenate(series) if series else np.zeros(0),
        }
    )
    names = [name for name in SCHEMA if name not in ("replication", "values")]
    columns = dict(zip(names, zip(*keys, strict=True), strict=True)) if keys else {}
    return pl.DataFrame(
        {
            "replication": pl.Series(numbers, dtype=SCHEMA["replication"]),
            **{n: pl.Series(columns.get(n, ()), dtype=SCHEMA[n]) for n in names},
            "values": rows.group_by("row", maintain_order=True).agg("values")["values"],
        }
    )


def _series(told: Told, capacities: Sequence[str]) -> Iterator[Series]:
    """Yield all that a replication says, series by series."""
    for o, value in told.outcomes.items():
        yield (OUTCOME, o.name, o.over, o.where, "", o.unit, o.better), np.array([value])
    for capacity, months in zip(capacities, told.waiting, strict=True):
        yield (WAITING, capacity, "", "", "", "", 0), months
    for group in told.curves:
        whose = (group.over, group.where, group.since, "", 0)
        yield (DAYS, "", *whose), group.days
        yield (AT_RISK, "", *whose), group.at_risk
        yield (SEEN, "", *whose), group.seen
        for state, shares in group.values.items():
            yield (SHARE, state, *whose), shares
    for (source, target), people in told.flows.items():
        yield (FLOW, source, "", target, "", "", 0), np.array([people])


def told_of(table: pl.DataFrame, scene: Scene, block: Block) -> tuple[Told, ...]:
    """Return what a block's replications say, read from its table.

    Raises ValueError if the table is not one of this block.
    """
    if dict(table.schema) != SCHEMA:
        raise ValueError(f"other columns than {', '.join(SCHEMA)}")
    numbers = table["replication"].to_numpy()
    ends = np.cumsum(table["values"].list.len().to_numpy(), dtype=np.int64)
    flat = table["values"].explode().to_numpy()
    keys = list(table.select("kind", *TEXTS, "better").iter_rows())
    capacities = sorted(scene.scenario.service.capacities)
    found = []
    for replication in block.replications:
        first, last = np.searchsorted(numbers, [replication, replication + 1])
        begins = np.concatenate([[0], ends])[first:last].tolist()
        values = [flat[a:b] for a, b in zip(begins, ends[first:last].tolist(), strict=True)]
        found.append(_told(list(zip(keys[first:last], values, strict=True)), capacities))
    return tuple(found)


def _told(series: Sequence[Series], capacities: Sequence[str]) -> Told:
    """Return what one replication says, read from its series in their order."""
    if not series:
        raise ValueError("a replication is missing")
    outcomes: dict[Outcome, float] = {}
    months: dict[str, Floats] = {}
    flows: dict[tuple[str, str], float] = {}
    curves: list[States] = []
    shares: dict[str, Floats] = {}
    grids: dict[str, Floats] = {}
    for (kind, name, over, where, since, unit, better), values in series:
        if kind == OUTCOME:
            outcomes[_outcome(name, over, where, unit, better)] = float(values[0])
        elif kind == WAITING:
            months[name] = values
        elif kind == FLOW:
            flows[name, where] = float(values[0])
        elif kind == SHARE:
            shares[name] = values
        else:
            grids[kind] = values
            if kind == SEEN:
                shares = {}
                curves.append(
                    States(since, over, where, grids[DAYS], shares, grids[AT_RISK], grids[SEEN])
                )
    waiting = [months.get(capacity, np.zeros(0)) for capacity in capacities]
    return Told(outcomes, np.stack(waiting) if waiting else np.zeros((0, 0)), curves, flows)
