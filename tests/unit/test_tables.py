"""Findings as tables and back: the same findings, and one message for a table that is not ours."""

import hashlib
import io
import json
import math
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.unit.report.made import findings

from simcare.analysis.curves import Band
from simcare.analysis.equity import EquityRow
from simcare.analysis.findings import Findings, Found
from simcare.analysis.steadiness import Drift
from simcare.store import TABLES, StoreError, finished_folder
from simcare.store.tables import LATER, tables_of

ORIGIN = {"config_sha256": "a", "code_sha256": "b", "finished": "2026-01-02T03:04:05+00:00"}
# Each is checked, those too that nothing is read from.
READ = tuple(name for name in TABLES if name != "load.csv")
WRITTEN_ONLY = ("precision.csv", "economics.csv")  # they follow from the outcomes
NUMBERS = ("x", "mean", "lower", "upper", "low", "high")
Change = Callable[[bytes], bytes]


def made() -> Findings:
    """Return findings of three policies in two cases, a list that grows, and one without data."""
    found = findings(
        ((8.0, -4.0, 0.0), (-1 / 3, np.pi, 0.0)), ("one", "two"), drifts=[Drift("beds", 1 / 3, 9.0)]
    )
    outcomes = found.scenarios[-1].outcomes
    nobody = next(outcome for outcome in outcomes if outcome.where == "ward")
    outcomes[nobody][:] = np.nan
    return Findings(found.about, found.scenarios)


def folder(path: Path, changed: dict[str, bytes | None] | None = None, **origin: object) -> Path:
    """Write a finished run's tables, some of them changed or (None) left out, sums and all."""
    files = {**tables_of(made()), **(changed or {})}
    sums = {}
    for name, data in files.items():
        if data is not None:
            (path / name).write_bytes(data)
            sums[name] = hashlib.sha256(data).hexdigest()
    said = {**ORIGIN, "sha256": sums, **origin}
    (path / "provenance.json").write_text(json.dumps(said), encoding="utf-8")
    return path


def problem(path: Path) -> str:
    """Return the one message that reading a folder gives, without the folder's name."""
    with pytest.raises(StoreError) as error:
        finished_folder(path).findings()
    message = str(error.value)
    assert "\n" not in message
    assert message.startswith(f"{path}")
    return message.removeprefix(f"{path}").removeprefix("/")


def bands(scenario: Found) -> list[Band]:
    """Return all curves of a scenario."""
    of_deadlines = (*scenario.late.values(), *scenario.breached.values())
    return [*scenario.curves.values(), *scenario.waiting.values(), *of_deadlines]


def _named(row: EquityRow) -> tuple[object, ...]:
    """Return what a number of groups is, without the number."""
    return (row.attribute, row.outcome, row.measure, row.group, row.other)


def test_findings_are_read_as_they_were_written(tmp_path: Path) -> None:
    """Outcomes and what follows from them to the last digit, all else to ten digits.

    Expected: the findings themselves. A number written with ten digits is off by 5e-10 at most.
    """
    before, after = made(), finished_folder(folder(tmp_path)).findings()
    assert after.about == before.about
    assert repr(after.summary) == repr(before.summary)
    assert repr(after.comparison) == repr(before.comparison)
    for one, other in zip(before.scenarios, after.scenarios, strict=True):
        assert (one.case, one.policy) == (other.case, other.policy)
        assert list(one.outcomes) == list(other.outcomes)
        for outcome, values in one.outcomes.items():
            assert other.outcomes[outcome].tobytes() == values.tobytes()
        assert list(one.curves) == list(other.curves)
        for what in ("waiting", "late", "breached"):
            assert list(getattr(one, what)) == list(getattr(other, what))
        for a, b in zip(bands(one), bands(other), strict=True):
            assert (a.key, a.n) == (b.key, b.n)
            for name in NUMBERS:
                np.testing.assert_allclose(getattr(b, name), getattr(a, name), rtol=5e-10)
        for key, curve in one.curves.items():
            np.testing.assert_allclose(other.curves[key].at_risk, curve.at_risk, rtol=5e-10)
        assert [(f.source, f.target, f.n) for f in one.flows] == [
            (f.source, f.target, f.n) for f in other.flows
        ]
        for f, g in zip(one.flows, other.flows, strict=True):
            assert (g.mean, g.lower, g.upper) == pytest.approx((f.mean, f.lower, f.upper), 5e-10)
        assert {row.entry for row in other.numbers} == {row.entry for row in one.numbers}
        theirs = {row.entry: (row.mean, row.lower, row.upper, row.n) for row in other.numbers}
        for row in one.numbers:
            mine = (row.mean, row.lower, row.upper, row.n)
            assert theirs[row.entry] == pytest.approx(mine, rel=5e-10)
        assert list(map(_named, other.equity)) == list(map(_named, one.equity))
        for ours, read_back in zip(one.equity, other.equity, strict=True):
            known, read = astuple(ours.estimate), astuple(read_back.estimate)
            assert read == pytest.approx(known, rel=5e-10, nan_ok=True)
        assert [d.capacity for d in other.drifts] == [d.capacity for d in one.drifts]
        for d, e in zip(one.drifts, other.drifts, strict=True):
            assert (e.first, e.last) == pytest.approx((d.first, d.last), rel=5e-10)
        assert list(map(astuple, other.warm_ups)) == list(map(astuple, one.warm_ups))
        assert [x.category for x in other.loads] == [x.category for x in one.loads]
        for x, y in zip(one.loads, other.loads, strict=True):
            assert (y.capacity, y.supply) == (x.capacity, x.supply)
            assert astuple(y)[2:-1] == pytest.approx(astuple(x)[2:-1], rel=5e-10)


def test_one_replication_has_no_intervals_before_or_after(tmp_path: Path) -> None:
    """Hold that what is not known is read as not known: an empty cell is nan again."""
    before = findings(noise=np.zeros(1))
    tables: dict[str, bytes | None] = {**tables_of(before)}
    after = finished_folder(folder(tmp_path, tables)).findings()
    assert repr(after.comparison) == repr(before.comparison)
    for scenario in after.scenarios:
        assert all(np.isnan(curve.lower).all() and curve.n == 1 for curve in bands(scenario))


def test_writing_what_was_read_gives_the_same_bytes(tmp_path: Path) -> None:
    """Hold that nothing is lost or added by going round: tables of read findings are the tables.

    People waiting have no number at risk, which is not in their table.
    """
    assert tables_of(finished_folder(folder(tmp_path)).findings()) == tables_of(made())


@pytest.mark.parametrize("name", READ)
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    """Hold that whichever table is gone is named, with the system's reason."""
    path = folder(tmp_path)
    (path / name).unlink()
    assert problem(path).startswith(f"{name}: cannot be read (")


@pytest.mark.parametrize("name", [name for name in READ if name not in WRITTEN_ONLY])
def test_a_table_that_was_never_written_is_missed_if_it_should_be_there(
    tmp_path: Path, name: str
) -> None:
    """Hold that results of earlier versions are read without the tables that came later."""
    path = folder(tmp_path, {name: None})
    if name not in LATER:
        assert problem(path).startswith(f"{name}: cannot be read (")
        return
    read = finished_folder(path).findings()
    (before, after) = (tables_of(found) for found in (made(), read))
    empty = after.pop(name).decode().splitlines()
    assert empty == before.pop(name).decode().splitlines()[:1]
    assert after == before


def test_a_period_that_is_none(tmp_path: Path) -> None:
    """Hold that a day or a month that does not exist is named with its table."""
    data = tables_of(made())["deadlines.csv"]
    for number, given in ((2, "2018-02-30"), (362, "2018-13")):
        path = folder(tmp_path, {"deadlines.csv": cell(number, 4, given)(data)})
        message = f"deadlines.csv: period is '{given}'; a date or a month is required"
        assert problem(path) == message


def test_a_run_of_a_version_without_loads_has_none(tmp_path: Path) -> None:
    """Hold that the table of loads may be missing where the run has not written it, and only there.

    What the provenance names was written: if it is gone, that is said.
    """
    found = finished_folder(folder(tmp_path, {"load.csv": None})).findings()
    assert [scenario.loads for scenario in found.scenarios] == [()] * len(found.scenarios)
    path = folder(tmp_path)
    (path / "load.csv").unlink()
    assert problem(path).startswith("load.csv: cannot be read (")


@pytest.mark.parametrize("name", TABLES)
def test_a_changed_file_is_named(tmp_path: Path, name: str) -> None:
    """Hold that a change that leaves a good table is noticed by its checksum."""
    path = folder(tmp_path)
    (path / name).write_bytes((path / name).read_bytes() + b"\n")
    assert problem(path) == f"{name}: changed since the run wrote it"


def line(number: int, change: Callable[[list[str]], list[str]]) -> Change:
    """Return a change to the cells of one line of a table, its header being line 1."""

    def changed(data: bytes) -> bytes:
        lines = data.decode().splitlines()
        lines[number - 1] = ",".join(change(lines[number - 1].split(",")))
        return ("\n".join(lines) + "\n").encode()

    return changed


def cell(number: int, column: int, text: str) -> Change:
    """Return a change to one cell of a table."""

    def put(cells: list[str]) -> list[str]:
        cells[column] = text
        return cells

    return line(number, put)


CSV = (
    *("curves.csv", "waiting.csv", "flows.csv", "steadiness.csv"),
    *(name for name in LATER if name not in WRITTEN_ONLY),
)
MAY_LACK = ("load.csv", "warm_up.csv", *WRITTEN_ONLY)  # the last of their numbers


@pytest.mark.parametrize("name", CSV)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: b"", ": not a CSV file"),
        (lambda data: b"\xff\xfe" + data, ": not a CSV file"),
        (lambda data: data + b'"', ": not a CSV file"),
        (lambda data: data[:-20], ", line {last}: {less} cells, not {cells}"),
        (cell(1, 2, "kapacitet"), ": its columns are not case, policy, "),
        (line(1, lambda cells: cells[1:]), ": its columns are not case, policy, "),
        (line(3, lambda cells: cells[:-1]), ", line 3: {fewer} cells, not {cells}"),
        (line(3, lambda cells: [*cells, "1"]), ", line 3: {more} cells, not {cells}"),
        (cell(3, 0, "three"), ", line 3: three and {policy} is not in outcomes.parquet"),
        (cell(2, 1, "z"), ", line 2: one and z is not in outcomes.parquet"),
        (cell(2, -1, "many"), ", line 2: {column} is 'many'; a number is required"),
        (cell(2, -1, "inf"), ", line 2: {column} is 'inf'; a number is required"),
        (cell(2, -1, "1e999"), ", line 2: {column} is '1e999'; a number is required"),
    ],
)
def test_a_table_that_is_not_as_written(
    tmp_path: Path, name: str, change: Change, message: str
) -> None:
    """Hold that the file and the line are named, whatever is wrong, even where the sums agree."""
    data = tables_of(made())[name]
    rows = data.decode().splitlines()
    width = len(rows[0].split(","))
    changed = change(data)
    last = changed.decode("utf-8", "replace").splitlines()[-1:]
    said = message.format(
        cells=width,
        fewer=width - 1,
        more=width + 1,
        last=len(changed.splitlines()),
        less=len("".join(last).split(",")),
        column=rows[0].split(",")[-1],
        policy=rows[2].split(",")[1],
    )
    assert problem(folder(tmp_path, {name: changed})).startswith(name + said)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("curves.csv", -1),
        ("curves.csv", 6),
        ("waiting.csv", -1),
        ("waiting.csv", 3),
        ("flows.csv", -1),
        *((name, -1) for name in LATER if name not in MAY_LACK),
    ],
)
@pytest.mark.parametrize("text", ["", "nan", "1.5x"])
def test_a_number_that_must_be_there(tmp_path: Path, name: str, column: int, text: str) -> None:
    """Hold that how many replications, which day and which month are always known."""
    data = tables_of(made())[name]
    header = data.decode().splitlines()[0].split(",")
    said = problem(folder(tmp_path, {name: cell(3, column, text)(data)}))
    assert said == f"{name}, line 3: {header[column]} is {text!r}; a number is required"


def test_who_cannot_be_served_may_be_unknown(tmp_path: Path) -> None:
    """Hold that a table of loads is read where it says nothing of who can never be served.

    That is so where people are sent by how places stand.
    """
    data = tables_of(made())["load.csv"]
    column = data.decode().splitlines()[0].split(",").index("least_unserved_of_100")
    path = folder(tmp_path, {"load.csv": cell(2, column, "")(data)})
    first = finished_folder(path).findings().scenarios[0].loads[0]
    assert math.isnan(first.least)


@pytest.mark.parametrize("kept", [0, 3, 4, 0.3, 0.6, 0.9, -1, -4, -9])
def test_a_truncated_parquet_file(tmp_path: Path, kept: float) -> None:
    """Hold that outcomes cut off anywhere are said to be so."""
    data = tables_of(made())["outcomes.parquet"]
    cut = data[: int(kept * len(data)) if 0 < kept < 1 else int(kept)]
    message = "outcomes.parquet: not a Parquet file, or not all of one"
    assert problem(folder(tmp_path, {"outcomes.parquet": cut})) == message


def parquet(change: Callable[[pl.DataFrame], pl.DataFrame]) -> bytes:
    """Return the outcomes, changed."""
    buffer = io.BytesIO()
    change(pl.read_parquet(io.BytesIO(tables_of(made())["outcomes.parquet"]))).write_parquet(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop("better"), "other columns than case, policy, outcome, over, where, unit"),
        (lambda f: f.rename({"unit": "units"}), "other columns than case, policy, outcome, over"),
        (lambda f: f.with_columns(value=pl.lit("x")), "other columns than case, policy, outcome"),
        (lambda f: f.with_columns(case=pl.lit("three")), "three and a is not in about.json"),
        (lambda f: f.with_columns(policy=pl.lit("z")), "one and z is not in about.json"),
        (lambda f: f.with_columns(better=pl.lit(None, pl.Int8)), "a value is missing"),
        (lambda f: f.with_columns(value=pl.lit(None, pl.Float64)), "a value is missing"),
    ],
)
def test_outcomes_that_are_not_as_written(
    tmp_path: Path, change: Callable[[pl.DataFrame], pl.DataFrame], message: str
) -> None:
    """Hold that outcomes of other columns, or of scenarios that nobody knows, are refused."""
    path = folder(tmp_path, {"outcomes.parquet": parquet(change)})
    assert problem(path).startswith(f"outcomes.parquet: {message}")


def test_policies_with_outcomes_that_do_not_pair(tmp_path: Path) -> None:
    """Hold that a scenario one of whose outcomes has lost replications is not compared."""
    lost = (pl.col("policy") == "b") & (pl.col("outcome") == "utilisation")
    changed = parquet(lambda frame: frame.filter(~lost | (pl.col("replication") < 2)))
    path = folder(tmp_path, {"outcomes.parquet": changed})
    assert "the tables do not fit together: policy has 2 values and base has 4" in problem(path)


def about(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return what the study is about, changed."""
    said = json.loads(tables_of(made())["about.json"])
    change(said)
    return json.dumps(said).encode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "about.json: Invalid JSON"),
        (b"{", "about.json: Invalid JSON"),
        (b"\xff", "about.json: Invalid JSON"),
        (b"[]", "about.json: "),
        (b"{}", "about.json: name: Field required"),
        (about(lambda said: said.pop("seed")), "about.json: seed: Field required"),
        (about(lambda said: said.update(seed="x")), "about.json: seed: Input should be a"),
        (about(lambda said: said["cases"].update(one=3)), "about.json: cases.one: Input should be"),
        (about(lambda said: said["policies"].pop("b")), "outcomes.parquet: one and b is not in"),
    ],
)
def test_an_about_that_is_none(tmp_path: Path, data: bytes, message: str) -> None:
    """Hold that what a study is about is checked too, and the key that is wrong named."""
    assert problem(folder(tmp_path, {"about.json": data})).startswith(message)


def test_what_is_no_finished_results_folder(tmp_path: Path) -> None:
    """Hold that nothing there, a file, a folder of something else and half a run are told apart."""
    a_file = tmp_path / "file"
    a_file.write_bytes(b"")
    empty = tmp_path / "empty"
    empty.mkdir()
    half, other, broken = (tmp_path / name for name in ("half", "other", "broken"))
    for path in (half, other, broken):
        path.mkdir()
    folder(half, finished=None)
    (other / "provenance.json").write_text('{"a": 1}', encoding="utf-8")
    (broken / "provenance.json").write_bytes(b"\xff{")
    for path, message in (
        (tmp_path / "nowhere", ": not a folder"),
        (a_file, ": not a folder"),
        (empty, ": not a results folder: it has no provenance.json of a run"),
        (other, ": not a results folder: it has no provenance.json of a run"),
        (broken, ": not a results folder: it has no provenance.json of a run"),
        (half, ": this run is not finished; give its command again to go on"),
    ):
        with pytest.raises(StoreError) as error:
            finished_folder(path)
        assert str(error.value) == f"{path}{message}"
