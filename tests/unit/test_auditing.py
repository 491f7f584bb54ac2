"""Audits as people ask for them: by a run, afterwards, of a sweep; and what they leave behind."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml
from numpy.typing import NDArray

from simcare.analysis.findings import Findings
from simcare.app import auditing, running, sweeping
from simcare.cli import main
from simcare.engines import reference
from simcare.store import Folder
from simcare.store.provenance import sealed

QUEUE = (
    "service=one_queue",
    "population=plain",
    "replications=12",
    "horizon_days=60",
    "warm_up_days=5",
    "engine=compiled",
    "workers=1",
)
CHANGED = "changed since the run wrote it"

Said = tuple[int, str, str]


@pytest.fixture(autouse=True)
def reported(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the folders whose report was made, which takes long, noted in place of making it."""
    made: list[Path] = []

    def note(folder: Folder) -> Findings:
        made.append(folder.path)
        return folder.findings()

    for module in (auditing, running, sweeping):
        monkeypatch.setattr(module, "report_on", note)
    return made


@pytest.fixture
def simcare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Return a function that runs a command here, and returns its code and what it said."""

    def run(*arguments: str | Path) -> Said:
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, " ".join(said.out.split()), " ".join(said.err.split())

    return run


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a finished run that was not audited."""
    path = tmp_path_factory.mktemp("runs") / "a"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(running, "report_on", Folder.findings)
        assert main(["run", *QUEUE, "audit=none", f"output={path}"]) == 0
    return path


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """Return a copy of it, to be changed at will."""
    shutil.copytree(finished, tmp_path / "a")
    return tmp_path / "a"


def _origin(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    return found


def _change(folder: Path, name: str, data: bytes, adapt: bool = True) -> None:
    """Change a file in a results folder, and perhaps the checksum that tells of it."""
    (folder / name).write_bytes(data)
    if adapt:
        origin = _origin(folder)
        origin["sha256"][name] = hashlib.sha256(data).hexdigest()
        (folder / "provenance.json").write_bytes(sealed(origin))


def _change_part(folder: Path, change: pl.Expr, kind: str = "visits", adapt: bool = True) -> None:
    """Change a table of the second block of a run."""
    name = f"{kind}/as_configured/as_it_is/part-00001.parquet"
    pl.read_parquet(folder / name).with_columns(change).write_parquet(folder / "changed")
    _change(folder, name, (folder / "changed").read_bytes(), adapt)
    (folder / "changed").unlink()


def _in_row(k: int) -> pl.Expr:
    return pl.int_range(pl.len()) == k


def _break(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the reference engine end the first visit one second later."""
    play = reference.simulate

    def broken(*given: Any) -> NDArray[np.void]:
        visits = play(*given)
        visits["ended"][0] += 1
        return visits

    monkeypatch.setattr(reference, "simulate", broken)


SAID_IN_ROW_7 = pl.when(_in_row(7)).then(pl.lit([3.25])).otherwise("values").alias("values")


# --- by a run ------------------------------------------------------------------------------------


def test_a_run_tells_what_was_re_run(simcare: Callable[..., Said], tmp_path: Path) -> None:
    """Hold that printout and provenance tell of the same replications, rows of the visits each."""
    code, out, _ = simcare("run", *QUEUE, f"output={tmp_path / 'b'}")
    audit = _origin(tmp_path / "b")["audit"]
    again = audit["replications"]
    assert (code, audit["verdict"], audit["asked"]) == (0, "identical", "sample")
    assert (audit["engine"], audit["of"]) == ("reference", 12)
    parts = sorted((tmp_path / "b" / "visits").rglob("part-*.parquet"))
    visits = pl.concat(map(pl.read_parquet, parts))
    for entry in again:
        assert entry["rows"] == (visits["replication"] == entry["replication"]).sum()
    rows = f"{sum(entry['rows'] for entry in again):,}"
    assert f"re-run on the SimPy model: identical, {rows} rows." in out


def test_a_run_whose_engines_differ_finishes_nothing(
    simcare: Callable[..., Said],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    reported: list[Path],
) -> None:
    """Hold that a difference ends the run with its place, leaves no table, and loses no record."""
    path = tmp_path / "b"
    with monkeypatch.context() as patched:
        _break(patched)
        code, out, err = simcare("run", *QUEUE, f"output={path}")
    assert code == 1
    assert out == ""
    assert "the engines differ: no result is finished; what was simulated is kept" in err
    for words in ("as_configured, as_it_is, repetition ", "row 0, client ", "ended is "):
        assert words in err
    assert not _origin(path)["finished"]
    assert "audit" not in _origin(path)
    assert not (path / "summary.csv").exists()
    assert reported == []
    kept = {part: part.stat().st_mtime_ns for part in path.rglob("part-*.parquet")}
    assert len(kept) == 6
    assert simcare("run", *QUEUE, f"output={path}")[0] == 0
    assert {part: part.stat().st_mtime_ns for part in path.rglob("part-*.parquet")} == kept


def test_a_finished_run_is_audited_when_more_is_asked(
    simcare: Callable[..., Said], folder: Path, reported: list[Path]
) -> None:
    """Hold that records are read, not simulated again, and tables stay; audits never go down."""
    before = {path: path.read_bytes() for path in folder.rglob("*.*") if path.suffix != ".json"}
    code, out, err = simcare("run", *QUEUE, "audit=all", f"output={folder}")
    assert (code, err) == (0, "")
    assert "All 12 repetitions re-run on the SimPy model: identical" in out
    assert "the stored records were read, and re-run only to be compared" in out
    assert {path: path.read_bytes() for path in before} == before
    audit = _origin(folder)["audit"]
    assert (audit["asked"], len(audit["replications"])) == ("all", 12)
    _, out, _ = simcare("run", *QUEUE, f"output={folder}")
    assert "nothing was simulated again" in out
    assert "All 12 repetitions" in out
    assert _origin(folder)["audit"] == audit


def test_why_a_report_stays_as_it_is_is_said(
    simcare: Callable[..., Said], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hold that it is told of, or which of two reasons there is not to."""

    @contextmanager
    def read_only(_: Folder) -> Iterator[bool]:
        yield False

    with monkeypatch.context() as patched:
        patched.setattr(auditing, "held", read_only)
        _, out, _ = simcare("audit", folder, "--all", "--workers", "1")
    assert out.endswith("The report stays as it is: its folder cannot be written to.")
    _, out, _ = simcare("audit", folder, "--all", "--workers", "1")
    assert out.endswith(f"The report tells of it now: {folder / 'report.html'}")
    _, out, _ = simcare("audit", folder, "--workers", "1")
    already = "it tells of an audit of as many repetitions, or more, already"
    assert out.endswith(f"The report stays as it is: {already}.")


def test_a_run_without_an_audit_says_so(simcare: Callable[..., Said], folder: Path) -> None:
    """Hold that nobody takes a run for audited that was not."""
    _, out, _ = simcare("run", *QUEUE, "audit=none", f"output={folder}")
    assert "No repetition was re-run by the other engine" in out
    assert _origin(folder)["audit"]["verdict"] == "not audited"


def test_what_is_no_level_is_refused(simcare: Callable[..., Said], tmp_path: Path) -> None:
    """Hold that the message names what is allowed, and nothing is written."""
    code, _, err = simcare("run", *QUEUE, "audit=sampel", f"output={tmp_path / 'b'}")
    assert code == 2
    assert "audit = sampel: allowed: none, sample, all; did you mean sample?" in err
    assert not (tmp_path / "b").exists()


# --- afterwards ----------------------------------------------------------------------------------


def test_an_audit_afterwards_is_told_of(
    simcare: Callable[..., Said], folder: Path, reported: list[Path]
) -> None:
    """Hold that provenance and report tell of it, checksums stay right, and once is enough."""
    code, out, _ = simcare("audit", folder, "--all", "--workers", "1")
    assert code == 0
    assert out.startswith("All 12 repetitions re-run on the SimPy model: identical")
    assert reported == [folder]
    assert _origin(folder)["audit"]["asked"] == "all"
    assert simcare("run", *QUEUE, f"output={folder}")[0] == 0  # which holds files to checksums
    assert simcare("audit", folder)[0] == 0
    assert _origin(folder)["audit"]["asked"] == "all"


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("visits", pl.col("ended") + _in_row(7).cast(pl.Int64), "row 7, client "),
        ("visits", pl.col("number") + _in_row(7).cast(pl.UInt32), "row 7: number is "),
        ("visits", pl.col("replication") + 20 * _in_row(7).cast(pl.UInt32), "; ours has "),
        ("replications", SAID_IN_ROW_7, "row 7: values holds 3.25 as number 0, not "),
    ],
    ids=["tick", "name", "replication", "outcome"],
)
def test_one_changed_value_is_found(
    simcare: Callable[..., Said], folder: Path, kind: str, change: pl.Expr, said: str
) -> None:
    """Hold that --all finds one value that was changed together with its checksum, and says it."""
    _change_part(folder, change, kind)
    code, out, _ = simcare("audit", folder, "--all", "--workers", "1")
    assert code == 1
    assert "these results are not what the SimPy model makes of the same config and seed" in out
    assert said in out
    assert _origin(folder)["audit"]["verdict"] == "different"


def test_a_changed_outcome_is_found(simcare: Callable[..., Said], folder: Path) -> None:
    """Hold that tables are held to the records, where visits are not kept too."""
    table = pl.read_parquet(folder / "outcomes.parquet")
    k = int(table["value"].is_not_nan().arg_true()[0])
    change = pl.when(_in_row(k)).then(pl.col("value") + 1).otherwise(pl.col("value"))
    table.with_columns(change.alias("value")).write_parquet(folder / "changed")
    _change(folder, "outcomes.parquet", (folder / "changed").read_bytes())
    shutil.rmtree(folder / "visits")
    code, out, _ = simcare("audit", folder, "--all", "--workers", "1")
    assert code == 1
    assert str(table["outcome"][k]) in out
    assert f"repetition {table['replication'][k] + 1} of 12" in out


def test_visits_that_are_not_there_are_played_by_both(
    simcare: Callable[..., Said], folder: Path
) -> None:
    """Hold that a folder without visits is audited all the same, and that it is said how."""
    shutil.rmtree(folder / "visits")
    code, out, _ = simcare("audit", folder)
    assert code == 0
    assert "Not all visits of the run are kept, so its own engine played them again too" in out


@pytest.mark.parametrize("name", ["replications", "summary.csv"])
def test_what_was_taken_away_is_named(
    simcare: Callable[..., Said], folder: Path, name: str
) -> None:
    """Hold that nothing but visits may be missing from a folder whose audit says identical."""
    part = next(iter(sorted((folder / name).rglob("*.parquet"))), folder / name)
    part.unlink()
    code, _, error = simcare("audit", folder, "--all", "--workers", "1")
    assert code == 2
    assert str(part) in error
    assert "not there" in error or "cannot be read" in error


def test_a_row_of_another_replication_is_found(simcare: Callable[..., Said], folder: Path) -> None:
    """Hold that --all sees rows that no replication of the block reads."""
    name = "visits/as_configured/as_it_is/part-00001.parquet"
    table = pl.read_parquet(folder / name)
    more = table.head(1).with_columns(pl.lit(99, pl.UInt32).alias("replication"))
    pl.concat([table, more]).write_parquet(folder / "changed")
    _change(folder, name, (folder / "changed").read_bytes())
    code, out, _ = simcare("audit", folder, "--all", "--workers", "1")
    assert code == 1
    assert f"{name}: replication 99 has no place in it" in out


def test_a_run_that_keeps_outcomes_alone_is_audited(
    simcare: Callable[..., Said], tmp_path: Path
) -> None:
    """Hold that both engines play where a run keeps no visits, then and afterwards."""
    path = tmp_path / "b"
    _, out, _ = simcare("run", *QUEUE, "keep=outcomes", f"output={path}")
    assert not (path / "visits").exists()
    told = "Not all visits of the run are kept, so its own engine played them again too"
    assert told in out
    assert not _origin(path)["audit"]["kept"]
    code, out, _ = simcare("audit", path, "--all", "--workers", "1")
    assert code == 0
    assert told in out


def test_another_version_is_named_and_compared(simcare: Callable[..., Said], folder: Path) -> None:
    """Hold that results of other code are compared, and that the reader knows."""
    origin = _origin(folder)
    origin["code_sha256"] = "0" * 64
    (folder / "provenance.json").write_bytes(sealed(origin))
    code, out, _ = simcare("audit", folder)
    assert code == 0
    assert "Another version of simcare made these results; they are compared all the same." in out


def test_bad_input_is_refused(simcare: Callable[..., Said], folder: Path, tmp_path: Path) -> None:
    """Hold that what cannot be audited is named with the reason, exit code 2, nothing written."""
    for change, words in (
        (lambda path: _change_part(path, pl.col("n") + 1, adapt=False), CHANGED),
        (lambda path: _change(path, "summary.csv", b"", adapt=False), CHANGED),
        (lambda path: _config(path, "seed", 2), "its checksum is another"),
        (lambda path: _config(path, "seed", -2), "seed = -2: must be 0 or more"),
        (lambda path: _config(path, "sead", 2), "sead = 2: unknown key"),
        (lambda path: _config(path, "hydra", {"_target_": "os.remove"}), "_target_ is not allowed"),
        (lambda path: _config(path, "policies", {}), "policy = as_it_is: unknown policy"),
        (lambda path: (path / "config.yaml").unlink(), "config.yaml: cannot be read"),
        (lambda path: shutil.rmtree(path), "not a folder"),
    ):
        path = tmp_path / "bad"
        shutil.copytree(folder, path)
        change(path)
        before = {p: p.read_bytes() for p in path.rglob("*.*")}
        code, out, err = simcare("audit", path)
        assert (code, out) == (2, "")
        assert words in err
        assert {p: p.read_bytes() for p in path.rglob("*.*")} == before
        shutil.rmtree(path, ignore_errors=True)
    with pytest.raises(SystemExit, match="2"):
        simcare("audit", folder, "--workers", "0")


def _config(folder: Path, key: str, value: object) -> None:
    """Set a key of the config in a results folder, and its checksum."""
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    text = yaml.safe_dump({**config, key: value}, sort_keys=False)
    _change(folder, "config.yaml", text.encode())


# --- of a sweep ----------------------------------------------------------------------------------


def test_the_jobs_of_a_sweep_are_audited(
    simcare: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hold that a sweep tells of its jobs' audits together, and that a job that differs fails."""
    path = tmp_path / "s"
    sweep = ("run", "--multirun", *QUEUE, "service.capacities.places.beds=1,2", f"output={path}")
    with monkeypatch.context() as patched:
        _break(patched)
        code, _, err = simcare(*sweep)
    assert code == 1
    assert "2 of 2 jobs failed" in err
    assert "ended is " in err
    code, out, _ = simcare(*sweep)
    assert code == 0
    audit = _origin(path)["audit"]
    assert (audit["verdict"], audit["of"]) == ("identical", 24)
    jobs = {entry["job"] for entry in audit["replications"]}
    assert jobs == {f"service.capacities.places.beds={beds}" for beds in (1, 2)}
    assert "re-run on the SimPy model: identical" in out
    job, other = sorted((path / "jobs").iterdir())
    _change_part(job, pl.col("ended") + _in_row(7).cast(pl.Int64))
    code, out, _ = simcare("audit", path, "--all", "--workers", "1")
    assert code == 1
    assert out.startswith(f"{job}: different {other}: identical An audit found that")
    audit = _origin(path)["audit"]
    assert (audit["verdict"], audit["asked"]) == ("different", "all")
    assert audit["difference"].startswith(f"{job.name}: as_configured")
    shutil.rmtree(job)
    job.mkdir()
    code, out, _ = simcare("audit", path, "--all", "--workers", "1")
    assert code == 1
    assert out.startswith(f"{other}: identical {job}: not finished; so it is not compared All 12")
    job.rmdir()
    code, out, _ = simcare("audit", path, "--all", "--workers", "1")
    assert code == 1
    assert "job 1 (service.capacities.places.beds=1): its folder is not there" in out
    shutil.copytree(other, job)
    code, out, _ = simcare("audit", path, "--all", "--workers", "1")
    assert code == 1
    assert f"{job}: results of another config than the sweep's job 1" in out
