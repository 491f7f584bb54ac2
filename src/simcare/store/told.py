"""What replications say, as a table and back, every number to its last bit.

A row is a series of numbers of one replication: an outcome is a series of one, a curve has a number
for each of the days that the series "days" of its group holds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simcare.analysis.curves import States
from simcare.analysis.deadlines import Lateness
from simcare.analysis.equity import Equity, Split
from simcare.analysis.groups import Entry
from simcare.analysis.outcomes import Outcome
from simcare.model.service import Service
from simcare.study import Block, Scene, Told

OUTCOME, WAITING, FLOW, SHARE = "outcome", "people waiting by five days", "flow", "share by day"
LATE, BREACHED = "people past due by day", "deadlines breached by month"
NUMBER = "number of a group"
BY_GROUP, CONCENTRATION = "outcome by group", "concentration index"
DAYS, AT_RISK, SEEN = "days", "at risk by day", "seen by day"
KINDS = (
    OUTCOME,
    WAITING,
    DAYS,
    AT_RISK,
    SEEN,
    SHARE,
    FLOW,
    LATE,
    BREACHED,
    NUMBER,
    BY_GROUP,
    CONCENTRATION,
)
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
_entry = lru_cache(maxsize=10_000)(Entry)


def told_frame(scene: Scene, block: Block, told: Sequence[Told]) -> pl.DataFrame:
    """Return what a block's replications say as a table of the columns ``SCHEMA``."""
    service = scene.scenario.service
    numbers: list[int] = []
    keys: list[Key] = []
    series: list[Floats] = []
    for replication, one in zip(block.replications, told, strict=True):
        for key, values in _series(one, service):
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


def _series(told: Told, service: Service) -> Iterator[Series]:
    """Yield all that a replication says, series by series."""
    for o, value in told.outcomes.items():
        yield (OUTCOME, o.name, o.over, o.where, "", o.unit, o.better), np.array([value])
    for capacity, spans in zip(sorted(service.capacities), told.waiting, strict=True):
        yield (WAITING, capacity, "", "", "", "", 0), spans
    for group in told.curves:
        whose = (group.over, group.where, group.since, "", 0)
        yield (DAYS, "", *whose), group.days
        yield (AT_RISK, "", *whose), group.at_risk
        yield (SEEN, "", *whose), group.seen
        for state, shares in group.values.items():
            yield (SHARE, state, *whose), shares
    for (source, target), people in told.flows.items():
        yield (FLOW, source, "", target, "", "", 0), np.array([people])
    for kind, by_deadline in ((LATE, told.lateness.late), (BREACHED, told.lateness.breached)):
        for deadline, counts in zip(service.deadlines, by_deadline, strict=True):
            yield (kind, deadline, "", "", "", "", 0), counts
    for e, value in told.numbers.items():
        yield (NUMBER, e.measure, e.over, e.name, e.by, e.unit, 0), np.array([value])
    for (attribute, o), values in told.equity.by_group.items():
        yield (BY_GROUP, o.name, o.over, attribute, "", o.unit, o.better), values
    for (attribute, o), value in told.equity.concentration.items():
        yield (CONCENTRATION, o.name, o.over, attribute, "", o.unit, o.better), np.array([value])


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
    found = []
    for replication in block.replications:
        first, last = np.searchsorted(numbers, [replication, replication + 1])
        begins = np.concatenate([[0], ends])[first:last].tolist()
        values = [flat[a:b] for a, b in zip(begins, ends[first:last].tolist(), strict=True)]
        series = list(zip(keys[first:last], values, strict=True))
        found.append(_told(series, scene.scenario.service))
    return tuple(found)


def _told(series: Sequence[Series], service: Service) -> Told:
    """Return what one replication says, read from its series in their order."""
    if not series:
        raise ValueError("a replication is missing")
    outcomes: dict[Outcome, float] = {}
    by_name: dict[str, dict[str, Floats]] = {WAITING: {}, LATE: {}, BREACHED: {}}
    flows: dict[tuple[str, str], float] = {}
    curves: list[States] = []
    shares: dict[str, Floats] = {}
    grids: dict[str, Floats] = {}
    numbers: dict[Entry, float] = {}
    by_group: dict[Split, Floats] = {}
    concentration: dict[Split, float] = {}
    for (kind, name, over, where, since, unit, better), values in series:
        if kind == OUTCOME:
            outcomes[_outcome(name, over, where, unit, better)] = float(values[0])
        elif kind in by_name:
            by_name[kind][name] = values
        elif kind == NUMBER:
            numbers[_entry(since, where, name, over, unit)] = float(values[0])
        elif kind == BY_GROUP:
            by_group[where, _outcome(name, over, "", unit, better)] = values
        elif kind == CONCENTRATION:
            concentration[where, _outcome(name, over, "", unit, better)] = float(values[0])
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
    waiting = _stacked(by_name[WAITING], sorted(service.capacities))
    late, breached = (_stacked(by_name[kind], service.deadlines) for kind in (LATE, BREACHED))
    equity = Equity(by_group, concentration)
    return Told(outcomes, waiting, curves, flows, Lateness(late, breached), numbers, equity)


def _stacked(found: Mapping[str, Floats], names: Iterable[str]) -> Floats:
    """Return a row for each name; what is not there was empty."""
    rows = [found.get(name, np.zeros(0)) for name in names]
    return np.stack(rows) if rows else np.zeros((0, 0))
