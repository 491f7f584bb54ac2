"""A small sweep, and a run that takes over what it left: quick to play, with files of all kinds.

Run as a program it waits for folders on its input, and plays the sweep into each in a process of
its own. That writes a line when it begins, and how many replications are played as it goes on.
"""

import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from simcare.app import running, sweeping
from simcare.app.commands import Command
from simcare.config.build import Job, job
from simcare.config.files import config_folders
from simcare.config.sweep import Sweep, sweep
from simcare.store import TABLES, Folder

POLICY = "title: more places\nchange: {service.capacities.places.beds: +1}\n"
STUDY = "study={{question: {}, policies: [as_it_is, more], cases: {{today: {{}}}}}}"
# The second question is asked of the first job's scenarios: another config of the same blocks.
QUESTIONS = ("why", "why not")
PLAN = (
    "service=one_queue",
    "population=plain",
    "service.arrivals.people.per_day=0.2",
    "replications=2",
    "horizon_days=400",
    "warm_up_days=1",
    "audit=none",
)
BEGUN, ENDED = "begun", "ended"


@cache
def _asked() -> tuple[Sweep, Job]:
    """Return the sweep, and the job that takes over, with a policy beside the shipped ones."""
    with TemporaryDirectory() as own:
        policies = Path(own) / "policy"
        policies.mkdir()
        (policies / "more.yaml").write_text(POLICY, encoding="utf-8")
        first, second = ([*PLAN, STUDY.format(question)] for question in QUESTIONS)
        folders = config_folders(own)
        return sweep([*first, "seed=1,2"], folders), job([*second, "seed=1"], folders)


def _unsaid(*_: object) -> None:
    """Say nothing of how a run goes."""


def play(root: Path, progress: Callable[[float, int], None] = _unsaid) -> None:
    """Play the sweep into ``root/results/s``, and the run that takes over into ``root/results/t``.

    What a folder holds already is not played again.
    """
    told = running.Audience(_unsaid, _unsaid, _unsaid, progress, _unsaid)
    swept = sweeping.run_sweep(_asked()[0], root / "results" / "s", 1, told, Command())
    if swept.failures:
        raise RuntimeError(swept.failures[0].reason)
    take_over(root)


def take_over(root: Path) -> None:
    """Run what the first job of the sweep runs, for another question: into ``root/results/t``."""
    unsaid = running.Audience(_unsaid, _unsaid, _unsaid, _unsaid, _unsaid)
    running.run_job(_asked()[1], root / "results" / "t", 1, unsaid, Command())


def leave_reports_out(put: Callable[[object, str, object], None] = setattr) -> None:
    """Let runs end with their tables: a report takes longer than all else here."""
    for module in (running, sweeping):
        put(module, "report_on", Folder.findings)


def tables(root: Path) -> dict[str, bytes]:
    """Return the bytes of all tables, by their paths."""
    results = root / "results"
    folders = [results / "s", *sorted((results / "s" / "jobs").iterdir()), results / "t"]
    files = [folder / name for folder in folders for name in TABLES]
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in files}


def parts(root: Path, kind: str) -> dict[str, tuple[int, int]]:
    """Return which parts of a kind there are in the sweep, each with its inode and its time."""
    found = (root / "results" / "s").rglob(f"{kind}/*/*/part-*.parquet")
    stats = {path.relative_to(root).as_posix(): path.stat() for path in found}
    return {name: (stat.st_ino, stat.st_mtime_ns) for name, stat in stats.items()}


def _play_in_a_process(root: Path) -> int:
    """Play into a folder in a process of its own, which says who it is; return how that ended."""
    sys.stdout.flush()
    player = os.fork()
    if player:
        return os.waitpid(player, 0)[1]
    code = 1
    try:
        print(BEGUN, os.getpid(), flush=True)
        play(root, lambda done, _: print(int(done), flush=True))
        code = 0
    finally:
        os._exit(code)


def main() -> None:
    """Play into each folder that is asked for, and say how each process has ended."""
    if "--reports" not in sys.argv:
        leave_reports_out()
    _asked()
    for line in sys.stdin:
        print(ENDED, _play_in_a_process(Path(line.strip())), flush=True)


if __name__ == "__main__":
    main()
