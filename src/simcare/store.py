"""Where results go: every file is written whole under another name and renamed; nothing is lost.

A results folder belongs to one config and one version of the code. What is finished in it is found
again and never written over; another run's folder is refused.
"""

import csv
import hashlib
import io
import json
import os
import platform
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml
from numpy.typing import NDArray

from simcare import __version__
from simcare.analysis.comparison import ComparisonRow, SummaryRow
from simcare.kernels.draws import name_id
from simcare.kernels.tables import FATES, VISIT
from simcare.study import Block, Played, Result, Scene

LIBRARIES = ("numpy", "scipy", "numba", "simpy", "hydra-core", "polars", "pydantic")
TICKS = ("queued", "started", "ended")
STATES = tuple(f"{n}_{m}" for n in ("motivation", "severity") for m in TICKS)
COUNTS = ("client", "episode", "n", "unit")
CONFIG, PROVENANCE, VISITS, LOCK = "config.yaml", "provenance.json", "visits", ".lock"
TABLES = ("summary.csv", "comparison.csv", "waiting.csv")


class StoreError(Exception):
    """The results cannot go where they should: what is in the way, and what to do."""


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def _is_temporary(path: Path) -> bool:
    """Return whether a file is one of those that an interrupted write leaves."""
    return re.fullmatch(r"\.[\w.-]+\.\d+\.tmp", path.name) is not None


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under a temporary name in its folder, flush it, and rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(path)
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


def code_hash() -> str:
    """Return the SHA-256 over the package's own sources: which version of the code this is."""
    package = Path(__file__).parent
    total = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        total.update(path.relative_to(package).as_posix().encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def _git(*arguments: str) -> str | None:
    folder = Path(__file__).parents[2]
    if not (folder / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def provenance(config_hash: str, seed: int, engine: str) -> dict[str, Any]:
    """Return where results come from: code, versions, platform, seed and the config's hash."""
    status = _git("status", "--porcelain")
    return {
        "simcare": __version__,
        "code_sha256": code_hash(),
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": None if status is None else bool(status),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in LIBRARIES},
        "platform": platform.platform(),
        "machine": platform.machine(),
        "engine": engine,
        "seed": seed,
        "config_sha256": config_hash,
    }


def _frame(scene: Scene, block: Block, played: Played) -> pl.DataFrame:
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


def _visits(table: pl.DataFrame, replication: int) -> NDArray[np.void]:
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


def _within(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


class Folder:
    """A results folder that belongs to one config and one version of the code."""

    def __init__(self, path: Path, origin: Mapping[str, Any]) -> None:
        self.path, self.origin = path, dict(origin)
        self.played = 0
        """How many blocks were kept that had not been there, or not undamaged."""

    def _part(self, scene: Scene, block: Block) -> Path:
        name = f"part-{block.number:05d}.parquet"
        return self.path / VISITS / scene.case / scene.policy / name

    def find(self, scene: Scene, block: Block) -> tuple[NDArray[np.void], ...] | None:
        """Return the visits of a block kept before, or None; a damaged part counts as none."""
        try:
            data = self._part(scene, block).read_bytes()
            if not self._as_written(self._part(scene, block), data):
                return None
            table = pl.read_parquet(io.BytesIO(data))
            return tuple(_visits(table, r) for r in block.replications)
        except (pl.exceptions.PolarsError, OSError, ValueError):
            return None

    def holds(self, name: str) -> bool:
        """Return whether a file of a finished run is there, as it was written."""
        try:
            return self._as_written(self.path / name, (self.path / name).read_bytes())
        except OSError:
            return False

    def _as_written(self, path: Path, data: bytes) -> bool:
        """Return whether a file is as it was when the run was finished, if it was."""
        known = self.origin.get("sha256")
        wanted = known.get(_within(self.path, path)) if isinstance(known, dict) else None
        return wanted in (None, hashlib.sha256(data).hexdigest())

    def keep(self, scene: Scene, block: Block, played: Played) -> None:
        """Keep a block's records, whole or not at all."""
        self.played += 1
        buffer = io.BytesIO()
        _frame(scene, block, played).write_parquet(buffer, compression="zstd")
        write_whole(self._part(scene, block), buffer.getvalue())

    def finish(
        self,
        results: Sequence[Result],
        summary: Iterable[SummaryRow],
        comparison: Iterable[ComparisonRow],
        run_time_seconds: float,
    ) -> None:
        """Write the tables, then the provenance that says that the run is finished."""
        tables = (
            _csv(_SUMMARY, (_summary_line(row) for row in summary)),
            _csv(_COMPARISON, (_comparison_line(row) for row in comparison)),
            _csv(_WAITING, _waiting_lines(results)),
        )
        for name, data in zip(TABLES, tables, strict=True):
            write_whole(self.path / name, data)
        checksums = {
            _within(self.path, path): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.path.rglob("*"))
            if path.is_file() and path.suffix in (".csv", ".parquet", ".yaml")
        }
        done = {
            **self.origin,
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "run_time_seconds": round(run_time_seconds, 3),
            "sha256": checksums,
        }
        write_whole(self.path / PROVENANCE, _json(done))


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


_SUMMARY = (
    "case", "policy", "outcome", "over", "where", "unit", "mean", "lower_95", "upper_95",
    "low_of_9_in_10_replications", "high_of_9_in_10_replications", "replications",
)  # fmt: skip
_COMPARISON = (
    "case", "base", "policy", "outcome", "over", "where", "unit", "base_mean", "policy_mean",
    "difference", "lower_95", "upper_95", "variance_ratio_of_pairing", "replications", "verdict",
)  # fmt: skip
_WAITING = ("case", "policy", "capacity", "month", "mean", "low_of_9_in_10", "high_of_9_in_10")


def _number(value: float) -> str:
    """Return a number for a table: ten digits, empty where there is none."""
    return "" if np.isnan(value) else f"{value:.10g}"


def _summary_line(row: SummaryRow) -> list[str]:
    o, e = row.outcome, row.estimate
    numbers = (e.mean, e.lower, e.upper, row.low, row.high)
    return [row.case, row.policy, o.name, o.over, o.where, o.unit, *map(_number, numbers), str(e.n)]


def _comparison_line(row: ComparisonRow) -> list[str]:
    o, d = row.outcome, row.difference
    numbers = (row.base_mean, row.policy_mean, d.mean, d.lower, d.upper, d.variance_ratio)
    names = [row.case, row.base, row.policy, o.name, o.over, o.where, o.unit]
    return [*names, *map(_number, numbers), str(d.n), str(row.verdict)]


def _waiting_lines(results: Sequence[Result]) -> Iterator[list[str]]:
    for result in results:
        scene, waiting = result.scene, result.waiting
        low, high = np.quantile(waiting, [0.05, 0.95], axis=0)
        for k, capacity in enumerate(result.capacities):
            for month, mean in enumerate(waiting.mean(axis=0)[k]):
                numbers = (float(mean), float(low[k, month]), float(high[k, month]))
                names = [scene.case, scene.policy, capacity, str(month + 1)]
                yield [*names, *map(_number, numbers)]


def _csv(header: Sequence[str], lines: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue().encode()


def _origin(path: Path) -> dict[str, Any] | None:
    """Return what a folder's provenance says, or None if it holds no readable one."""
    try:
        found = json.loads((path / PROVENANCE).read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def check_writable(path: Path) -> None:
    """Raise StoreError if a results folder cannot be made or written there."""
    try:
        existing = next(p for p in (path, *path.parents) if p.exists() or p.is_symlink())
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise StoreError(f"output = {path}: it cannot be a folder ({why})") from None
    if not existing.is_dir():
        raise StoreError(f"output = {path}: {existing} is a file, not a folder")
    if not os.access(existing, os.R_OK | os.W_OK | os.X_OK):
        raise StoreError(f"output = {path}: {existing} cannot be written; choose output=<folder>")


def _check_mine(path: Path, origin: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what the provenance in a folder says, None if the folder holds nothing yet.

    Raises StoreError if the folder holds anything but results of this config and code.
    """
    if all(entry.name == LOCK or _is_temporary(entry) for entry in path.iterdir()):
        return None
    found = _origin(path)
    if found is None:
        raise StoreError(f"output = {path}: it holds files that are not results; choose another")
    for key, what in (("config_sha256", "config"), ("code_sha256", "version of simcare")):
        if found.get(key) != origin[key]:
            raise StoreError(
                f"output = {path}: it holds the results of another {what}; "
                "nothing was changed; choose output=<another folder>"
            )
    return found


@contextmanager
def open_folder(
    path: Path, resolved: Mapping[str, Any], origin: Mapping[str, Any]
) -> Iterator[Folder]:
    """Yield the results folder at ``path`` for this config and code, new or to be gone on with.

    Raises StoreError if it belongs to another run, cannot be written, or is in use by another run.
    """
    check_writable(path)
    if path.exists():
        _check_mine(path, origin)  # before anything is written into it
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"output = {path}: cannot be made ({error.strerror})") from None
    with _locked(path):
        found = _check_mine(path, origin)
        for left_over in filter(_is_temporary, path.rglob(".*.tmp")):
            left_over.unlink(missing_ok=True)
        if found is None:
            started = datetime.now(UTC).isoformat(timespec="seconds")
            found = {**origin, "started": started, "finished": None}
            write_whole(path / PROVENANCE, _json(found))
        if not (path / CONFIG).exists():
            text = yaml.safe_dump(dict(resolved), sort_keys=False, allow_unicode=True)
            write_whole(path / CONFIG, text.encode())
        yield Folder(path, found)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a folder for one run; the system lets go of it however the process ends."""
    try:
        import fcntl
    except ImportError:  # a system without such locks: two runs at once are not noticed
        yield
        return
    while True:
        with (path / LOCK).open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StoreError(f"output = {path}: another run is writing to it") from None
            except OSError:  # a file system without locks
                yield
                return
            if not _is_there(path / LOCK, file.fileno()):
                continue  # another run ended in between, and took its file away
            try:
                yield
            finally:
                (path / LOCK).unlink(missing_ok=True)
            return


def _is_there(path: Path, handle: int) -> bool:
    """Return whether an open file is still the one at a path."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(handle), path.stat())
    return False


def is_finished(folder: Folder) -> bool:
    """Return whether a folder's run was finished before, its tables being as they were written."""
    if not folder.origin.get("finished"):
        return False
    return all(folder.holds(name) for name in (CONFIG, *TABLES))
