"""Results folders opened: for one run alone, to be gone on with, or only to be read."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from simcare.analysis.table_names import PROVENANCE
from simcare.store.folder import CONFIG, Folder
from simcare.store.names import LOCK
from simcare.store.pointers import BLOCKS, Pointers
from simcare.store.provenance import ChangedError, sealed, unsealed
from simcare.store.tables import TABLES
from simcare.store.whole import StoreError, is_temporary, write_whole

# Who asks whether a folder is held holds it for a moment: that is waited for.
TRIES, PAUSE_SECONDS = 10, 0.02


def finished_folder(path: Path) -> Folder:
    """Return the results folder at ``path``, only to be read and reported on.

    Raises StoreError if it is none, or if its run is not finished.
    """
    if not path.is_dir():
        raise StoreError(f"{path}: not a folder")
    try:
        origin = _origin(path)
    except ChangedError:
        raise StoreError(f"{path / PROVENANCE}: changed since the run wrote it") from None
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


def _origin(path: Path) -> dict[str, Any] | None:
    """Return what a folder's provenance says, or None if it holds no readable one.

    Raises ChangedError if it is not as it was written.
    """
    try:
        data = (path / PROVENANCE).read_bytes()
    except OSError:
        return None
    return unsealed(data)


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
    if all(entry.name in (LOCK, BLOCKS) or is_temporary(entry) for entry in path.iterdir()):
        return None
    try:
        found = _origin(path)
    except ChangedError:
        raise StoreError(
            f"output = {path}: its {PROVENANCE} was changed since the run wrote it; nothing else "
            "was touched; choose output=<another folder> beside it: what is finished is found again"
        ) from None
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
    pointers: Pointers | None = None,
) -> Iterator[Folder]:
    """Yield the results folder at ``path`` for this config and code, new or to be gone on with.

    ``keeps_visits`` says whether visits are to be kept, besides what replications say. With
    ``pointers`` blocks that lie in other folders are found, and others find those of this one.

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
            write_whole(path / PROVENANCE, sealed(found))
        folder = Folder(path, found, keeps_visits, pointers)
        text = yaml.safe_dump(dict(resolved), sort_keys=False, allow_unicode=True).encode()
        as_finished = bool(found.get("finished")) and folder.holds(CONFIG)
        if not (as_finished or _holds(path / CONFIG, text)):
            write_whole(path / CONFIG, text)
        yield folder


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.read_bytes() == data
    except OSError:
        return False


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a folder for one run; the system lets go of it however the process ends."""
    try:
        import fcntl
    except ImportError:  # a system without such locks: two runs at once are not noticed
        yield
        return
    tries = TRIES
    while True:
        with (path / LOCK).open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if tries := tries - 1:
                    time.sleep(PAUSE_SECONDS)
                    continue
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
