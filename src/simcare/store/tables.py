"""Findings as tables and back: CSV files that name no engine, date or duration.

The outcomes of every replication, from which summary and comparison follow, are kept to the last
digit, as Parquet; the other tables hold ten digits.
"""

import csv
import io
import json
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import date, timedelta
from functools import partial

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from simcare.analysis import curves
from simcare.analysis.comparison import ComparisonRow, SummaryRow
from simcare.analysis.costs import MONEY
from simcare.analysis.curves import Band, Key
from simcare.analysis.deadlines import breached_key, late_key
from simcare.analysis.estimates import Estimate
from simcare.analysis.findings import About, Findings, Found
from simcare.analysis.flows import FlowRow
from simcare.analysis.groups import BY_WAY_IN, Entry, GroupRow
from simcare.analysis.load import Load, Supply
from simcare.analysis.outcomes import Outcome
from simcare.analysis.pairs import PARTS, Of, PairRow
from simcare.analysis.spreadsheet import MARK, defused, restored
from simcare.analysis.steadiness import Drift
from simcare.analysis.table_names import (
    ABOUT,
    COMPARISON,
    COSTS,
    CURVES,
    DEADLINES,
    ECONOMICS,
    EQUITY,
    FLOWS,
    LOAD,
    OUTCOMES,
    PRECISION,
    STEADINESS,
    SUMMARY,
    WAITING,
    WARM_UP,
    WAYS_IN,
    WINNERS,
)
from simcare.store import economics, equity, precision, warm_up

Cell = str | float | int
Row = Sequence[Cell]
Scenario = tuple[str, str]  # case, policy

_SUMMARY = (
    "case", "policy", "outcome", "over", "where", "unit", "mean", "lower_95", "upper_95",
    "low_of_9_in_10_replications", "high_of_9_in_10_replications", "replications",
)  # fmt: skip
_COMPARISON = (
    "case", "base", "policy", "outcome", "over", "where", "unit", "base_mean", "policy_mean",
    "difference", "lower_95", "upper_95", "variance_ratio_of_pairing", "replications", "verdict",
)  # fmt: skip
_CURVES = ("case", "policy", *curves.COLUMNS)
_WAITING = (
    "case", "policy", "capacity", "month", "mean", "lower_95", "upper_95",
    "low_of_9_in_10_replications", "high_of_9_in_10_replications", "replications",
)  # fmt: skip
_FLOWS = ("case", "policy", "source", "target", "mean", "lower_95", "upper_95", "replications")
_STEADINESS = ("case", "policy", "capacity", "waiting_first_third", "waiting_last_third")
_LOAD = (
    "case", "policy", "capacity", "category", "supply", "places", "usable_places", "offered_load",
    "lower_95", "upper_95", "load_per_place", "least_unserved_of_100", "least_unserved_lower_95",
    "least_unserved_upper_95",
)  # fmt: skip
_NEVER_EMPTY = {
    "x", "month", "replications", "waiting_first_third", "waiting_last_third", "places",
    "usable_places", "offered_load",
}  # fmt: skip
_DEADLINES = (
    "case", "policy", "deadline", "count", "period", "mean", "lower_95", "upper_95",
    "low_of_9_in_10_replications", "high_of_9_in_10_replications", "replications",
)  # fmt: skip
_COSTS = (
    "case", "policy", "by", "name", "measure", "over", "unit", "mean", "lower_95", "upper_95",
    "replications",
)  # fmt: skip
_WAYS_IN = (
    "case", "policy", "way_in", "measure", "over", "unit", "mean", "lower_95", "upper_95",
    "replications",
)  # fmt: skip
_WINNERS = (
    "case", "policy", "base", "measure", "by", "group", "people",
    *(f"{part}{end}" for part in PARTS for end in ("", "_lower_95", "_upper_95")), "replications",
)  # fmt: skip
_OUTCOMES = {
    "case": pl.String, "policy": pl.String, "outcome": pl.String, "over": pl.String,
    "where": pl.String, "unit": pl.String, "better": pl.Int8, "replication": pl.UInt32,
    "value": pl.Float64,
}  # fmt: skip

# Those that results of earlier versions do not have.
LATER = (LOAD, DEADLINES, COSTS, WAYS_IN, WINNERS, EQUITY, PRECISION, WARM_UP, ECONOMICS)
TABLES = (ABOUT, OUTCOMES, SUMMARY, COMPARISON, CURVES, WAITING, FLOWS, STEADINESS, *LATER)

_ABOUT = TypeAdapter(About)


class NotATableError(Exception):
    """What was read is no table of ours: where, and why."""


# --- writing -------------------------------------------------------------------------------------


def tables_of(findings: Findings) -> dict[str, bytes]:
    """Return every table of some findings, by the name of its file."""
    scenarios, start = findings.scenarios, date.fromisoformat(findings.about.start_date)
    return {
        ABOUT: _json(findings.about),
        OUTCOMES: _outcomes(scenarios),
        SUMMARY: table(_SUMMARY, map(_summary_row, findings.summary)),
        COMPARISON: table(_COMPARISON, map(_comparison_row, findings.comparison)),
        CURVES: table(_CURVES, _each(scenarios, lambda s: curves.rows_of(s.curves.values()))),
        WAITING: table(_WAITING, _each(scenarios, lambda s: _waiting_rows(s.waiting.values()))),
        FLOWS: table(_FLOWS, _each(scenarios, lambda s: map(_flow_row, s.flows))),
        STEADINESS: table(_STEADINESS, _each(scenarios, lambda s: map(_drift_row, s.drifts))),
        LOAD: table(_LOAD, _each(scenarios, lambda s: map(_load_row, s.loads))),
        DEADLINES: table(_DEADLINES, _each(scenarios, partial(_deadline_rows, start))),
        COSTS: table(_COSTS, _each(scenarios, lambda s: map(_cost_row, _costs(s)))),
        WAYS_IN: table(_WAYS_IN, _each(scenarios, lambda s: map(_way_row, _ways(s)))),
        WINNERS: table(_WINNERS, _each(scenarios, lambda s: map(_pair_row, s.pairs))),
        EQUITY: table(equity.HEADER, _each(scenarios, lambda s: map(equity.row_of, s.equity))),
        PRECISION: table(precision.HEADER, precision.rows_of(findings)),
        WARM_UP: table(warm_up.HEADER, _each(scenarios, lambda s: map(warm_up.row_of, s.warm_ups))),
        ECONOMICS: table(economics.HEADER, economics.rows_of(findings)),
    }


def table(header: Sequence[str], rows: Iterable[Row]) -> bytes:
    """Return a table as CSV: numbers to ten digits, empty where there is none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_written(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _written(cell: Cell) -> str:
    if isinstance(cell, float):
        return "" if math.isnan(cell) else f"{cell:.10g}"
    return defused(str(cell))


def _json(about: About) -> bytes:
    return (json.dumps(asdict(about), indent=2, ensure_ascii=False) + "\n").encode()


def _each(
    scenarios: Sequence[Found], rows: Callable[[Found], Iterable[Row]]
) -> Iterator[tuple[Cell, ...]]:
    for scenario in scenarios:
        for row in rows(scenario):
            yield (scenario.case, scenario.policy, *row)


def _summary_row(row: SummaryRow) -> Row:
    o, e = row.outcome, row.estimate
    names = (row.case, row.policy, o.name, o.over, o.where, o.unit)
    return (*names, e.mean, e.lower, e.upper, row.low, row.high, e.n)


def _comparison_row(row: ComparisonRow) -> Row:
    o, d = row.outcome, row.difference
    names = (row.case, row.base, row.policy, o.name, o.over, o.where, o.unit)
    numbers = (row.base_mean, row.policy_mean, d.mean, d.lower, d.upper, d.variance_ratio)
    return (*names, *numbers, d.n, str(row.verdict))


def _waiting_rows(bands: Iterable[Band]) -> Iterator[Row]:
    for b in bands:
        series = (b.mean, b.lower, b.upper, b.low, b.high)
        for month, *numbers in zip(b.x, *series, strict=True):
            yield (b.key.where, int(month), *map(float, numbers), b.n)


def _flow_row(row: FlowRow) -> Row:
    return (row.source, row.target, row.mean, row.lower, row.upper, row.n)


def _drift_row(drift: Drift) -> Row:
    return (drift.capacity, drift.first, drift.last)


def _load_row(load: Load) -> Row:
    asked = (load.offered, load.lower, load.upper, load.per_place)
    lacks = (load.least, load.least_lower, load.least_upper)
    whose = (load.capacity, load.category, load.supply)
    return (*whose, load.places, load.usable, *asked, *lacks)


def _deadline_rows(start: date, found: Found) -> Iterator[Row]:
    """Yield who is past due by day, as dates, then deadlines breached by month, such as 2021-03."""
    for b in found.late.values():
        yield from _band_rows(b, [str(start + timedelta(days=int(day))) for day in b.x])
    for b in found.breached.values():
        yield from _band_rows(
            b, [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in map(int, b.x)]
        )


def _band_rows(b: Band, periods: Iterable[str]) -> Iterator[Row]:
    series = (b.mean, b.lower, b.upper, b.low, b.high)
    for period, *numbers in zip(periods, *series, strict=True):
        yield (b.key.where, b.key.state, period, *map(float, numbers), b.n)


def _costs(found: Found) -> Iterator[GroupRow]:
    return (row for row in found.numbers if row.entry.measure in MONEY)


def _ways(found: Found) -> Iterator[GroupRow]:
    return (row for row in found.numbers if row.entry.measure not in MONEY)


def _cost_row(row: GroupRow) -> Row:
    e = row.entry
    return (e.by, e.name, e.measure, e.over, e.unit, row.mean, row.lower, row.upper, row.n)


def _way_row(row: GroupRow) -> Row:
    return _cost_row(row)[1:]


def _pair_row(row: PairRow) -> Row:
    of, parts = row.of, [getattr(row, part) for part in PARTS]
    numbers = (x for e in parts for x in (e.mean, e.lower, e.upper))
    return (row.base, of.measure, of.by, of.group, row.people, *numbers, row.helped.n)


def _outcomes(scenarios: Sequence[Found]) -> bytes:
    rows = [
        (s.case, s.policy, o.name, o.over, o.where, o.unit, o.better, r, value)
        for s in scenarios
        for o, values in s.outcomes.items()
        for r, value in enumerate(values.tolist())
    ]
    buffer = io.BytesIO()
    frame = pl.DataFrame(rows, schema=_OUTCOMES, orient="row")
    frame.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


# --- reading -------------------------------------------------------------------------------------


def findings_from(read: Callable[[str], bytes], there: Collection[str] = TABLES) -> Findings:
    """Return the findings whose tables ``read`` returns by name; those are read that are there.

    Raises NotATableError, naming the file and the line, if one of them is not as it was written.
    """
    about = about_from(read(ABOUT))
    outcomes = _outcomes_from(read(OUTCOMES))
    wanted = set(outcomes)
    unknown = sorted({s for s in wanted if s[0] not in about.cases or s[1] not in about.policies})
    if unknown:
        raise NotATableError(f"{OUTCOMES}: {' and '.join(unknown[0])} is not in {ABOUT}")
    rows = partial(_scenario_rows, read, wanted, there)
    curve_rows, waiting = rows(CURVES, _CURVES, 4), rows(WAITING, _WAITING, 1)
    flow_rows, drifts = rows(FLOWS, _FLOWS, 2), rows(STEADINESS, _STEADINESS, 1)
    load_rows = rows(LOAD, _LOAD, 3)
    lateness = rows(DEADLINES, _DEADLINES, 3)
    ways, costs = rows(WAYS_IN, _WAYS_IN, 4), rows(COSTS, _COSTS, 5)
    winners = rows(WINNERS, _WINNERS, 4)
    who_gets_what = rows(EQUITY, equity.HEADER, equity.TEXTS)
    settled = rows(WARM_UP, warm_up.HEADER, warm_up.TEXTS)
    try:
        start = date.fromisoformat(about.start_date)
        scenarios = tuple(
            Found(
                case=scenario[0],
                policy=scenario[1],
                outcomes=found,
                curves=curves.bands_from(curve_rows.get(scenario, [])),
                flows=tuple(map(_flow_from, flow_rows.get(scenario, []))),
                waiting=_waiting_from(waiting.get(scenario, [])),
                drifts=tuple(map(_drift_from, drifts.get(scenario, []))),
                loads=tuple(map(_load_from, load_rows.get(scenario, []))),
                late=_late_from(lateness.get(scenario, []), start),
                breached=_breached_from(lateness.get(scenario, [])),
                numbers=(
                    *(_number_from((BY_WAY_IN, *row)) for row in ways.get(scenario, [])),
                    *map(_number_from, costs.get(scenario, [])),
                ),
                pairs=tuple(map(_pair_from, winners.get(scenario, []))),
                equity=tuple(map(equity.row_from, who_gets_what.get(scenario, []))),
                warm_ups=tuple(map(warm_up.row_from, settled.get(scenario, []))),
            )
            for scenario, found in outcomes.items()
        )
        return Findings(about, scenarios)
    except ValueError as error:
        raise NotATableError(f"{ABOUT} and the tables do not fit together: {error}") from None


def about_from(data: bytes) -> About:
    """Return what a study was about, from its file; raise NotATableError if it is another file."""
    try:
        return _ABOUT.validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise NotATableError(f"{ABOUT}: {key and key + ': '}{first['msg']}") from None


def _outcomes_from(data: bytes) -> dict[Scenario, dict[Outcome, NDArray[np.float64]]]:
    try:
        frame = pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, OSError, ValueError):
        raise NotATableError(f"{OUTCOMES}: not a Parquet file, or not all of one") from None
    if dict(frame.schema) != _OUTCOMES:
        raise NotATableError(f"{OUTCOMES}: other columns than {', '.join(_OUTCOMES)}")
    if any(frame.null_count().row(0)):
        raise NotATableError(f"{OUTCOMES}: a value is missing")
    names = [name for name in _OUTCOMES if name not in ("replication", "value")]
    found: dict[Scenario, dict[Outcome, NDArray[np.float64]]] = {}
    for key, rows in frame.group_by(names, maintain_order=True):
        case, policy, name, over, where, unit, better = key
        outcome = Outcome(str(name), str(over), str(where), str(unit), int(str(better)))
        values = rows.sort("replication")["value"].to_numpy()
        found.setdefault((str(case), str(policy)), {})[outcome] = values
    return found


def _scenario_rows(
    read: Callable[[str], bytes],
    wanted: set[Scenario],
    there: Collection[str],
    name: str,
    header: Sequence[str],
    texts: int,
) -> dict[Scenario, list[Row]]:
    """Return the rows of each scenario in a table, of which so many columns are texts.

    The two that name the scenario come before these and are left out.
    """
    found: dict[Scenario, list[Row]] = {}
    if name not in there:
        return found
    for number, cells in enumerate(_lines(name, read(name), header), 2):
        scenario = (cells[0], cells[1])
        if scenario not in wanted:
            who = " and ".join(scenario)
            raise NotATableError(f"{name}, line {number}: {who} is not in {OUTCOMES}")
        numbers = _numbers(f"{name}, line {number}", header[2 + texts :], cells[2 + texts :])
        found.setdefault(scenario, []).append((*cells[2 : 2 + texts], *numbers))
    return found


def _numbers(where: str, columns: Sequence[str], cells: Sequence[str]) -> list[float]:
    """Return the numbers of a line, nan where a cell is empty and may be."""
    with suppress(ValueError):  # most lines are full of numbers: all at once is quickest
        if all(map(math.isfinite, values := [*map(float, cells)])):
            return values
    found = []
    for column, cell in zip(columns, cells, strict=True):
        value = _number(cell, empty=column not in _NEVER_EMPTY)
        if value is None:
            raise NotATableError(f"{where}: {column} is {cell!r}; a number is required")
        found.append(value)
    return found


def _number(cell: str, empty: bool) -> float | None:
    """Return what a cell holds, nan if it is empty and may be; None if it is no number."""
    try:
        value = float(cell) if cell or not empty else None
    except ValueError:
        return None
    if value is None:
        return float("nan")
    return value if math.isfinite(value) else None


def _lines(name: str, data: bytes, header: Sequence[str]) -> list[list[str]]:
    """Return the lines of a CSV file below its header, all as long as that."""
    try:
        first, *lines = csv.reader(io.StringIO(data.decode("utf-8")), strict=True)
    except (ValueError, csv.Error):
        raise NotATableError(f"{name}: not a CSV file") from None
    if tuple(first) != tuple(header):
        raise NotATableError(f"{name}: its columns are not {', '.join(header)}")
    for number, line in enumerate(lines, 2):
        if len(line) != len(header):
            raise NotATableError(f"{name}, line {number}: {len(line)} cells, not {len(header)}")
    return [[restored(c) if c[:1] == MARK else c for c in cells] for cells in lines]


def _flow_from(row: Row) -> FlowRow:
    source, target, mean, lower, upper, n = row
    return FlowRow(str(source), str(target), float(mean), float(lower), float(upper), int(n))


def _drift_from(row: Row) -> Drift:
    capacity, first, last = row
    return Drift(str(capacity), float(first), float(last))


def _load_from(row: Row) -> Load:
    capacity, category, supply, *numbers = row
    places, usable, offered, lower, upper, _, *lacks = map(float, numbers)
    least, least_lower, least_upper = lacks
    return Load(
        str(capacity), str(category), places, usable, offered, lower, upper,
        least, least_lower, least_upper, Supply(str(supply)),
    )  # fmt: skip


def _number_from(row: Row) -> GroupRow:
    by, name, measure, over, unit, mean, lower, upper, n = row
    entry = Entry(str(by), str(name), str(measure), str(over), str(unit))
    return GroupRow(entry, float(mean), float(lower), float(upper), int(n))


def _pair_from(row: Row) -> PairRow:
    base, measure, by, group, people, *numbers, n = row
    ends = np.array(numbers, np.float64).reshape(len(PARTS), 3).tolist()
    estimates = (Estimate(mean, lower, upper, int(n)) for mean, lower, upper in ends)
    parts = dict(zip(PARTS, estimates, strict=True))
    return PairRow(str(base), Of(str(measure), str(by), str(group)), float(people), **parts)


def _waiting_from(rows: Sequence[Row]) -> dict[str, Band]:
    return _bands(rows, curves.waiting_key)


def _late_from(rows: Sequence[Row], start: date) -> dict[str, Band]:
    """Return who is past due by day, from the rows of it in the table of deadlines."""

    def day(period: str) -> float:
        return float((date.fromisoformat(period) - start).days)

    return _bands(_of_count(rows, late_key, day), late_key)


def _breached_from(rows: Sequence[Row]) -> dict[str, Band]:
    """Return deadlines breached by month, from the rows of it in the table of deadlines."""

    def month(period: str) -> float:
        first = date.fromisoformat(f"{period}-01")
        return float(12 * first.year + first.month - 1)

    return _bands(_of_count(rows, breached_key, month), breached_key)


def _of_count(
    rows: Sequence[Row], key: Callable[[str], Key], x: Callable[[str], float]
) -> list[Row]:
    """Return the rows of one of the counts of deadlines, with numbers for its periods."""
    found: list[Row] = []
    for name, count, period, *rest in rows:
        if count != key("").state:
            continue
        try:
            found.append((name, x(str(period)), *rest))
        except ValueError:
            message = f"{DEADLINES}: period is {period!r}; a date or a month is required"
            raise NotATableError(message) from None
    return found


def _bands(rows: Sequence[Row], key: Callable[[str], Key]) -> dict[str, Band]:
    """Return the curves that rows hold: of what, x, mean and ranges, replications."""
    found = {}
    for name in dict.fromkeys(str(row[0]) for row in rows):
        numbers = np.array([row[1:] for row in rows if row[0] == name], np.float64)
        x, mean, lower, upper, low, high, n = numbers.T
        unknown = np.full_like(x, np.nan)
        found[name] = Band(key(name), x, mean, lower, upper, low, high, unknown, int(n[0]))
    return found
