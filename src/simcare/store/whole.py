"""Files written whole: under a temporary name in their folder, flushed, and renamed."""

import os
import re
from contextlib import suppress
from pathlib import Path


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def temporary_name(path: Path) -> Path:
    """Return the name under which a file is written before it is renamed."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def is_temporary(path: Path) -> bool:
    """Return whether a file is one of those that an interrupted write leaves."""
    return re.fullmatch(r"\.[\w.-]+\.\d+\.tmp", path.name) is not None


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under a temporary name in its folder, flush it, and rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_name(path)
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)
