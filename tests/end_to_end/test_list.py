"""A run that begins with a list, as a person gives it: what it leaves holds no row of the list."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

RUN = (
    "run",
    "service=one_queue",
    "population=plain",
    "service.capacities.places.beds=3",
    "horizon_days=40",
    "warm_up_days=0",
    "replications=3",
    "start.people=today.csv",
    "output=results/r",
)
# Moments and states that stand nowhere else: whoever finds one has found a row.
SINCE = [f"2016-{11 + k // 20}-{9 + k % 20:02d}" for k in range(12)]
KNOWN = [(0.1234567 + 0.01 * k, 0.7654321 - 0.01 * k) for k in range(12)]
LINES = [
    f"queue,{since},{'there' if k < 3 else 'waiting'},{motivation},{severity}"
    for k, (since, (motivation, severity)) in enumerate(zip(SINCE, KNOWN, strict=True))
]
LIST = "\n".join(["stage,since,state,motivation,severity", *LINES])
TEXTS = {".json", ".yaml", ".csv", ".html", ".svg"}


def simcare(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder and return what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "simcare.cli", *arguments],
        cwd=folder, capture_output=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which a run was given that begins with a list."""
    place = tmp_path_factory.mktemp("place")
    (place / "today.csv").write_text(LIST)
    done = simcare(place, *RUN)
    assert done.returncode == 0, done.stderr
    assert "Those who wait on the first day" in done.stdout
    assert ": identical, " in done.stdout
    return place


def test_no_file_holds_a_row_of_the_list(folder: Path) -> None:
    """Hold that no text names a moment or a state of the list, and no table a visit of it."""
    files = [path for path in (folder / "results").rglob("*") if path.is_file()]
    assert {".json", ".yaml", ".csv", ".html", ".parquet"} <= {path.suffix for path in files}
    secrets = [*SINCE, *(f"{x:.4f}"[1:] for pair in KNOWN for x in pair)]
    for path in files:
        if path.suffix in TEXTS:
            text = path.read_text(encoding="utf-8")
            text = re.sub(r"[0-9a-f]{64}|base64,[^\"]*", "", text)
            assert [secret for secret in secrets if secret in text] == [], path
    states = np.array(KNOWN, np.float32).ravel()
    parts = [path for path in files if path.parts[-4:-3] == ("visits",)]
    assert len(parts) == 3
    for path in parts:
        visits = pl.read_parquet(path)
        assert visits["stream"].unique().to_list() == ["people"]
        assert visits["queued"].min() >= 0  # type: ignore[operator]
        for name in visits.columns:
            if visits[name].dtype.is_float():
                assert not np.isin(states, visits[name].to_numpy()).any()


def test_the_provenance_holds_the_totals(folder: Path) -> None:
    """Hold what is known of the list afterwards: its hash, its size, and how many were where."""
    origin = json.loads((folder / "results" / "r" / "provenance.json").read_text())
    assert set(origin["start"]) == {"sha256", "bytes", "people"}
    assert origin["start"]["bytes"] == len(LIST)
    assert origin["start"]["people"] == {"queue": {"there": 3, "waiting": 9}}


def test_the_same_command_finds_its_results(folder: Path) -> None:
    """Hold that a finished run is read again, and goes on from a list that has been moved."""
    again = simcare(folder, *RUN)
    assert (again.returncode, "nothing was simulated again" in again.stdout) == (0, True)
    (folder / "elsewhere.csv").write_text(LIST)
    moved = [word.replace("today.csv", "elsewhere.csv") for word in RUN]
    assert simcare(folder, *moved).returncode == 0
    (folder / "elsewhere.csv").write_text(LIST + "\n" + LINES[-1])
    other = simcare(folder, *moved)
    assert other.returncode == 2
    assert "it holds the results of another config" in other.stderr


def test_an_audit_needs_the_list(folder: Path) -> None:
    """Hold that an audit plays with the list, and says in one line that it is gone or another."""
    done = simcare(folder, "audit", "--all", "results/r")
    assert (done.returncode, "All 3 repetitions re-run" in done.stdout) == (0, True)
    assert simcare(folder, "report", "results/r").returncode == 0
    (folder / "today.csv").write_text(LIST.replace("0.1234567", "0.2234567"))
    done = simcare(folder, "audit", "results/r")
    assert (done.returncode, done.stdout) == (2, "")
    assert "today.csv: changed since the run began with it" in done.stderr
    (folder / "today.csv").unlink()
    done = simcare(folder, "audit", "results/r")
    assert done.returncode == 2
    assert "the run began with this list, and it is not there" in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert simcare(folder, "report", "results/r").returncode == 0
    (folder / "today.csv").write_text(LIST)


def test_a_person_of_the_list_cannot_be_traced(folder: Path) -> None:
    """Hold that others can, and that of the list there is nobody in the records."""
    assert simcare(folder, "trace", "results/r", "--client", "people:0").returncode == 0
    done = simcare(folder, "trace", "results/r", "--client", "here_at_the_start:0")
    assert done.returncode == 2
    assert "no such stream" in done.stderr


def test_what_is_foreseen_is_said_before_a_run(folder: Path) -> None:
    """Hold that a check says who would be admitted at once, and that the warm-up is not needed."""
    more = [*RUN[1:3], "service.capacities.places.beds=5", "start.people=today.csv"]
    done = simcare(folder, "check", *more, "warm_up_days=3", "horizon_days=40")
    assert done.returncode == 0
    assert "2 of those who wait for places are admitted at once" in done.stdout
    assert "does not count its first 3 days; warm_up_days=0 counts from day 0." in done.stdout
