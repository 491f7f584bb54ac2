"""Where results go: every file is written whole under another name and renamed; nothing is lost.

A results folder belongs to one config and one version of the code. What is finished in it is found
again and never written over; another run's folder is refused.
"""

import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import yaml
from numpy.typing import NDArray

from simcare.analysis.clients import Clients
from simcare.analysis.findings import About, Findings
from simcare.store.clients import clients_frame, clients_from
from simcare.store.provenance import code_hash
from simcare.store.records import frame_of, unlike, visits_of
from simcare.store.tables import (
    ABOUT,
    LATER,
    TABLES,
    NotATableError,
    about_from,
    findings_from,
    tables_of,
)
from simcare.store.told import told_frame, told_of
from simcare.store.whole import is_temporary, write_whole
from simcare.study import Block, Played, Scene, Told

CONFIG, PROVENANCE, LOCK = "config.yaml", "provenance.json", ".lock"
TOLD, CLIENTS, VISITS = "replications", "clients", "visits"
# In the part of what replications say: the checksums of their visits, and of their clients.
OF_VISITS, OF_CLIENTS = "visits_sha256", "clients_sha256"
# Of a part's compression: level 3 makes parts of visits smaller by 2 in 100 and takes half as long
# again; statistics, by which readers pass over what they do not want, are of no use in small parts.
LEVEL = 1


class StoreError(Exception):
    """The results cannot go where they should: what is in the way, and what to do."""


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _within(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


class Folder:
    """A results folder that belongs to one config and one version of the code.

    Of each block it keeps what its replications say, and the visits where they are wanted. The
    visits of a finished run may be taken away: nothing is made again for want of them.
    """

    def __init__(self, path: Path, origin: Mapping[str, Any], keeps_visits: bool = True) -> None:
        self.path, self.origin, self.keeps_visits = path, dict(origin), keeps_visits
        self._kept: set[tuple[int, int]] = set()

    @property
    def played(self) -> int:
        """How many blocks were kept that had not been there, or not undamaged."""
        return len(self._kept)

    def _part(self, kind: str, scene: Scene, block: Block) -> Path:
        name = f"part-{block.number:05d}.parquet"
        return self.path / kind / scene.case / scene.policy / name

    def find(self, scene: Scene, block: Block) -> tuple[Told, ...] | None:
        """Return what a block kept before says, or None; a damaged part counts as none.

        So does one whose visits are wanted, and were never kept or are damaged, and one whose
        clients were told and are not there as they were written.
        """
        if self.keeps_visits and not self._has_visits(scene, block):
            return None
        if not self._has_clients(scene, block):
            return None
        try:
            return told_of(self._read(TOLD, scene, block), scene, block)
        except (pl.exceptions.PolarsError, OSError, ValueError, LookupError):
            return None

    def visits(self, scene: Scene, block: Block) -> tuple[NDArray[np.void], ...] | None:
        """Return the visits of a block kept before, one array for each replication, or None."""
        try:
            table = self._read(VISITS, scene, block)
            return tuple(visits_of(table, r) for r in block.replications)
        except (pl.exceptions.PolarsError, OSError, ValueError):
            return None

    def clients(self, scene: Scene, block: Block) -> tuple[Clients, ...] | None:
        """Return the clients of a block kept before, those of each replication, or None."""
        try:
            return clients_from(self._read(CLIENTS, scene, block), block)
        except (pl.exceptions.PolarsError, OSError, ValueError):
            return None

    def _read(self, kind: str, scene: Scene, block: Block) -> pl.DataFrame:
        part = self._part(kind, scene, block)
        data = part.read_bytes()
        if not self._as_written(part, data):
            raise ValueError(f"{part}: changed since the run wrote it")
        return pl.read_parquet(io.BytesIO(data))

    def _has_visits(self, scene: Scene, block: Block) -> bool:
        """Return whether a block's visits are there as they were written, or were taken away."""
        part = self._part(VISITS, scene, block)
        name = _within(self.path, part)
        if name in self._checksums:
            return not part.exists() or self.holds(name)
        try:
            return self._noted(OF_VISITS, scene, block) == _sha256(part.read_bytes())
        except (pl.exceptions.PolarsError, OSError):
            return False

    def _has_clients(self, scene: Scene, block: Block) -> bool:
        """Return whether a block's clients are there as they were written, or were never told."""
        try:
            noted = self._noted(OF_CLIENTS, scene, block)
            part = self._part(CLIENTS, scene, block)
            return noted is None or noted == _sha256(part.read_bytes())
        except (pl.exceptions.PolarsError, OSError):
            return False

    def _noted(self, key: str, scene: Scene, block: Block) -> str | None:
        """Return what is noted in the metadata of what a block's replications say."""
        return pl.read_parquet_metadata(self._part(TOLD, scene, block)).get(key)

    @property
    def _checksums(self) -> Mapping[str, str]:
        """The checksum of each file of the run when it was finished; empty before."""
        known = self.origin.get("sha256")
        return known if isinstance(known, dict) else {}

    def holds(self, name: str) -> bool:
        """Return whether a file of a finished run is there, as it was written."""
        try:
            return self._as_written(self.path / name, (self.path / name).read_bytes())
        except OSError:
            return False

    def _as_written(self, path: Path, data: bytes) -> bool:
        """Return whether a file is as it was when the run was finished, if it was."""
        wanted = self._checksums.get(_within(self.path, path))
        return wanted is None or wanted == _sha256(data)

    def keep(self, scene: Scene, block: Block, told: Sequence[Told], played: Played | None) -> None:
        """Keep what a block says, after its records if there are any, each whole or not at all.

        What it says comes last: where that is, the records were written before.
        """
        self._kept.add((block.scene, block.number))
        notes = {}
        if played is not None:
            notes[OF_VISITS] = self._write(VISITS, scene, block, frame_of(scene, block, played))
        if clients := _clients(told):
            frame = clients_frame(scene, block, clients)
            notes[OF_CLIENTS] = self._write(CLIENTS, scene, block, frame)
        self._write(TOLD, scene, block, told_frame(scene, block, told), notes)

    def _write(
        self,
        kind: str,
        scene: Scene,
        block: Block,
        table: pl.DataFrame,
        notes: Mapping[str, str] | None = None,
    ) -> str:
        """Write a part, with notes in its metadata, and return its checksum."""
        buffer = io.BytesIO()
        how: dict[str, Any] = {"compression": "zstd", "compression_level": LEVEL}
        table.write_parquet(buffer, statistics=False, metadata=dict(notes or {}), **how)
        write_whole(self._part(kind, scene, block), buffer.getvalue())
        return _sha256(buffer.getvalue())

    def unlike(
        self, scene: Scene, whole: Block, part: range, told: Sequence[Told], played: Played
    ) -> str | None:
        """Return in words where the kept tables of a block are not what these replications make.

        ``part`` are those of the block that were played. None where no table is kept. What another
        version of simcare has measured is not compared: it may have measured something else.
        """
        some = Block(whole.scene, whole.number, part)
        made = {VISITS: frame_of(scene, some, played)}
        if self._is_of_this_version:
            made[TOLD] = told_frame(scene, some, told)
            if clients := _clients(told):
                made[CLIENTS] = clients_frame(scene, some, clients)
        for kind, table in made.items():
            path = self._part(kind, scene, whole)
            if not path.exists():
                continue
            try:
                words = unlike(pl.read_parquet(path), table, whole.replications)
            except (pl.exceptions.PolarsError, OSError):
                words = "it is damaged, and cannot be read"
            if words:
                return f"{_within(self.path, path)}: {words}"
        return None

    @cached_property
    def _is_of_this_version(self) -> bool:
        return bool(self.origin.get("code_sha256") == code_hash())

    def check_kept(self) -> None:
        """Raise StoreError if a file of a finished run is not there as it was written.

        Visits may be taken away: they take the most room, and can be played again.
        """
        for name in self._checksums:
            if self.holds(name):
                continue
            if (self.path / name).exists():
                raise StoreError(f"{self.path / name}: changed since the run wrote it")
            if not name.startswith(VISITS):
                raise StoreError(f"{self.path / name}: the run wrote it, and it is not there")

    def note(self, key: str, value: object) -> None:
        """Write one more thing down in the provenance of a finished run."""
        self.origin[key] = value
        write_whole(self.path / PROVENANCE, _json(self.origin))

    def finish(
        self, findings: Findings, run_time_seconds: float, failures: Mapping[str, str] | None = None
    ) -> None:
        """Write the tables, then the provenance that says that the run is finished.

        ``failures`` are the jobs of a sweep that failed, each with its reason.
        """
        for name, data in tables_of(findings).items():
            write_whole(self.path / name, data)
        checksums = {
            **{name: sha for name, sha in self._checksums.items() if name.startswith(VISITS)},
            **{
                _within(self.path, path): _sha256(path.read_bytes())
                for path in (self.path / CONFIG, *_written(self.path))
            },
        }
        self.origin |= {
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "run_time_seconds": round(run_time_seconds, 3),
            "failures": dict(failures or {}),
            "sha256": checksums,
        }
        write_whole(self.path / PROVENANCE, _json(self.origin))

    def note_failures(self, failures: Mapping[str, str]) -> None:
        """Write down why the jobs of a sweep failed, when none was finished."""
        self.origin["failures"] = dict(failures)
        write_whole(self.path / PROVENANCE, _json(self.origin))

    def findings(self) -> Findings:
        """Return the findings of a finished run, read from its tables.

        Raises StoreError, naming the file, if one is missing or not as it was written.
        """
        config = [CONFIG] if CONFIG in self._checksums else []
        tables = [name for name in TABLES if name not in LATER or name in self._checksums]
        for name in (*tables, *config):
            self._table(name)  # those that nothing is read from must be as they were too
        try:
            return findings_from(self._table, tables)
        except NotATableError as error:
            raise StoreError(f"{self.path}/{error}") from None

    def about(self) -> About:
        """Return what a finished run was about, without reading its other tables.

        Raises StoreError, naming the file, if it is missing or not as it was written.
        """
        try:
            return about_from(self._table(ABOUT))
        except NotATableError as error:
            raise StoreError(f"{self.path}/{error}") from None

    def _table(self, name: str) -> bytes:
        try:
            data = (self.path / name).read_bytes()
        except OSError as error:
            raise StoreError(f"{self.path / name}: cannot be read ({error.strerror})") from None
        if not self._as_written(self.path / name, data):
            raise StoreError(f"{self.path / name}: changed since the run wrote it")
        return data

    def add(self, files: Mapping[str, bytes]) -> None:
        """Write files that can be made again from the tables: a report and its charts."""
        for name, data in files.items():
            write_whole(self.path / name, data)
        self.origin["made"] = {name: _sha256(data) for name, data in files.items()}
        write_whole(self.path / PROVENANCE, _json(self.origin))

    @property
    def is_reported(self) -> bool:
        """Whether the files made from the tables are there, as they were made."""
        made = self.origin.get("made")
        if not isinstance(made, dict) or not made:
            return False
        try:
            return all(_sha256((self.path / name).read_bytes()) == made[name] for name in made)
        except OSError:
            return False


def _clients(told: Sequence[Told]) -> list[Clients]:
    """Return the clients of replications, none where they are not told one by one."""
    return [one.clients for one in told if one.clients is not None]


def _written(folder: Path) -> list[Path]:
    """Return the tables in a folder, and the parts of what is told, of clients and of visits."""
    parts = (sorted((folder / kind).rglob("*.parquet")) for kind in (TOLD, CLIENTS, VISITS))
    return [*(folder / name for name in TABLES), *chain(*parts)]


def finished_folder(path: Path) -> Folder:
    """Return the results folder at ``path``, only to be read and reported on.

    Raises StoreError if it is none, or if its run is not finished.
    """
    if not path.is_dir():
        raise StoreError(f"{path}: not a folder")
    origin = _origin(path)
    if origin is None or "config_sha256" not in origin:
        raise StoreError(f"{path}: not a results folder: it has no {PROVENANCE} of a run")
    if not origin.get("finished"):
        raise StoreError(f"{path}: this run is not finished; give its command again to go on")
    return Folder(path, origin)


@contextmanager
def held(folder: Folder) -> Iterator[bool]:
    """Hold a finished folder for one process; yield False, held by nobody, if it is read only."""
    if not os.access(folder.path, os.W_OK | os.X_OK):
        yield False
        return
    with _locked(folder.path):
        yield True


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


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
    if all(entry.name == LOCK or is_temporary(entry) for entry in path.iterdir()):
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
    path: Path,
    resolved: Mapping[str, Any],
    origin: Mapping[str, Any],
    keeps_visits: bool = True,
) -> Iterator[Folder]:
    """Yield the results folder at ``path`` for this config and code, new or to be gone on with.

    ``keeps_visits`` says whether visits are to be kept, besides what replications say.

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
        for left_over in filter(is_temporary, path.rglob(".*.tmp")):
            left_over.unlink(missing_ok=True)
        if found is None:
            started = datetime.now(UTC).isoformat(timespec="seconds")
            found = {**origin, "started": started, "finished": None}
            write_whole(path / PROVENANCE, _json(found))
        if not (path / CONFIG).exists():
            text = yaml.safe_dump(dict(resolved), sort_keys=False, allow_unicode=True)
            write_whole(path / CONFIG, text.encode())
        yield Folder(path, found, keeps_visits)


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
