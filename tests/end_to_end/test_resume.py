"""Runs that are stopped anywhere go on to the same tables; whatever is in the way is told."""

import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end import small_sweep
from tests.end_to_end.crashes import go_on, record, states
from tests.end_to_end.killing import kill_often

from simcare.cli import main
from simcare.config.build import job
from simcare.store import TABLES, open_folder, provenance

SOME = 10  # states of the disk that are gone on from; tests/long takes all of them
QUEUE = (
    "service=one_queue",
    "population=plain",
    "replications=12",
    "horizon_days=300",
    "warm_up_days=10",
    "audit=none",
)


@pytest.fixture(autouse=True)
def _without_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave reports out: they are made from the tables, and take long."""
    small_sweep.leave_reports_out(monkeypatch.setattr)


@pytest.mark.skipif(os.name != "posix", reason="a process is killed with a POSIX signal")
def test_five_kills_lose_nothing(tmp_path: Path) -> None:
    """Hold that a sweep killed at any moment goes on from the last block, to the same tables."""
    kill_often(tmp_path, kills=5, seed=7)


def test_every_crash_can_be_gone_on_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold that what a crash leaves on the disk leads to the same tables, in some of its states."""
    steps, whole = record(tmp_path / "recorded", monkeypatch)
    every = list(states(steps))
    for number, loss, left in every[:: len(every) // SOME]:
        go_on(tmp_path / f"{number}-{loss}", left, whole)


# --- what is in the way --------------------------------------------------------------------------


def run(folder: Path, *more: str) -> int:
    """Run the small queue into a folder; return the exit code."""
    return main(["run", *QUEUE, *more, f"output={folder}"])


def tables(folder: Path) -> dict[str, bytes]:
    """Return the bytes of a run's tables."""
    return {name: (folder / name).read_bytes() for name in TABLES}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the tables of a run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("whole") / "r"
    with pytest.MonkeyPatch.context() as patched:
        small_sweep.leave_reports_out(patched.setattr)
        assert run(folder) == 0
    return tables(folder)


FULL = "No space left on device"


@pytest.mark.parametrize("after", [0, 7, 20])
@pytest.mark.parametrize("where", ["os.fsync", "os.replace", "io.open"])
def test_a_full_disk_is_told_and_loses_nothing(
    tmp_path: Path,
    whole: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    where: str,
    after: int,
) -> None:
    """Hold that a run whose disk fills up says so with exit code 1, and goes on when there is room.

    From some write on every one fails: as a file is made, as it is flushed, or as it is renamed.
    """
    module, name = where.split(".")
    real = getattr({"os": os, "io": io}[module], name)
    done = []

    def full(*arguments: Any, **how: Any) -> Any:
        reads = name == "open" and (arguments[1:] or [how.get("mode", "r")])[0] in ("r", "rb")
        done.append(not reads)
        if not reads and sum(done) > after:
            raise OSError(errno.ENOSPC, FULL)
        return real(*arguments, **how)

    with monkeypatch.context() as patched:
        patched.setattr(f"{module}.{name}", full)
        capsys.readouterr()
        assert run(tmp_path / "r") == 1
    said = capsys.readouterr().err
    assert said.splitlines()[-1] == f"simcare: {FULL}: the results. What is finished is kept."
    kept = {p: p.read_bytes() for p in (tmp_path / "r").rglob("part-*.parquet")}
    assert run(tmp_path / "r") == 0
    assert tables(tmp_path / "r") == whole
    assert {p: p.read_bytes() for p in kept} == kept
    assert not list(tmp_path.rglob("*.tmp"))


@pytest.mark.skipif(os.name != "posix", reason="the size of files is limited as POSIX has it")
def test_a_limit_on_the_size_of_files_is_told(tmp_path: Path, whole: dict[str, bytes]) -> None:
    """Hold that what the system itself refuses to write is told, with nothing torn left behind."""
    script = (
        "import resource, sys; from simcare.cli import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000)); sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "run", *QUEUE, "output=r"],
        cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "simcare: File too large: " in done.stderr
    assert done.stderr.endswith("What is finished is kept.\n")
    left = sorted(p.name for p in (tmp_path / "r").rglob("*") if p.is_file())
    assert left == ["config.yaml", "provenance.json", "work.json"]
    assert run(tmp_path / "r") == 0
    assert tables(tmp_path / "r") == whole


def test_a_job_of_a_sweep_that_finds_no_room_leaves_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hold that the sweep goes on past a job whose disk was full, and mends it when given again."""
    small_sweep.play(tmp_path / "whole")
    real = os.fsync
    done = []

    def full(handle: int) -> None:
        done.append(handle)
        if 20 < len(done) < 22:
            raise OSError(errno.ENOSPC, FULL)
        real(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(RuntimeError, match=FULL):
            small_sweep.play(tmp_path / "r")
    assert sum(is_finished_run(job) for job in (tmp_path / "r/results/s/jobs").iterdir()) == 1
    small_sweep.play(tmp_path / "r")
    assert small_sweep.tables(tmp_path / "r") == small_sweep.tables(tmp_path / "whole")


def is_finished_run(folder: Path) -> bool:
    """Return whether a folder holds a run that was finished."""
    return bool(json.loads((folder / "provenance.json").read_bytes())["finished"])


def test_a_read_only_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hold that where nothing may be written nothing is run: exit code 2, and another is asked for.

    Rights do not bind who runs tests as root; so what the system says of them is given here.
    """
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    assert run(tmp_path / "r") == 2
    assert "cannot be written; choose output=<folder>" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_two_runs_in_one_folder(
    tmp_path: Path, whole: dict[str, bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    """Hold that the second is refused with exit code 2, and may come when the first has ended."""
    pytest.importorskip("fcntl")
    made = job([*QUEUE])
    origin = provenance(made.config_hash, made.study.plan.seed, made.study.plan.engine)
    with open_folder(tmp_path / "r", made.resolved, origin):
        before = sorted(p.name for p in (tmp_path / "r").iterdir())
        assert run(tmp_path / "r") == 2
        assert "another run is writing to it" in capsys.readouterr().err
        assert sorted(p.name for p in (tmp_path / "r").iterdir()) == before
    assert run(tmp_path / "r") == 0
    assert tables(tmp_path / "r") == whole


@pytest.mark.parametrize("part", ["replications", "visits", "visits/as_configured/as_it_is"])
@pytest.mark.parametrize("is_folder", [True, False])
def test_what_lies_in_the_place_of_a_part_is_left_alone(
    tmp_path: Path,
    whole: dict[str, bytes],
    capsys: pytest.CaptureFixture[str],
    part: str,
    is_folder: bool,
) -> None:
    """Hold that a foreign file or folder among the parts is told, with exit code 1, and stays."""
    made = job([*QUEUE])
    origin = provenance(made.config_hash, made.study.plan.seed, made.study.plan.engine)
    with open_folder(tmp_path / "r", made.resolved, origin):
        pass
    strange = tmp_path / "r" / part
    if is_folder:
        strange = strange / "as_configured" / "as_it_is" if "/" not in part else strange
        strange = strange / "part-00001.parquet"
        strange.mkdir(parents=True)
    else:
        strange.parent.mkdir(parents=True, exist_ok=True)
        strange.write_bytes(b"mine")
    assert run(tmp_path / "r") == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("simcare: ")
    assert said.endswith("What is finished is kept.")
    assert strange.is_dir() == is_folder
    strange.rmdir() if is_folder else strange.unlink()
    assert run(tmp_path / "r") == 0
    assert tables(tmp_path / "r") == whole
