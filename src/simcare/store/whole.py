"""Files written whole: under a temporary name in their folder, flushed, and renamed."""

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path


class StoreError(Exception):
    """The results cannot go where they should: what is in the way, and what to do."""


class RefusedError(StoreError):
    """A run asks for more than there is: it is not begun, and leaves no folder behind."""


def checksum(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal."""
    return sha256(data).hexdigest()


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


def write_whole(path: Path, data: bytes, flush: bool = True) -> None:
    """Write a file under a temporary name in its folder, flush it, and rename it.

    Without ``flush`` it is quicker, and may be empty or torn after a failure of power.
    """
    write_pieces(path, (data,), flush)


def write_pieces(path: Path, pieces: Iterable[bytes], flush: bool = True) -> None:
    """Write a file piece by piece, as :func:`write_whole` does; what is written is let go of."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_name(path)
    try:
        with temporary.open("wb") as file:
            file.writelines(pieces)
            if flush:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    if flush:
        _sync_folder(path.parent)


def link_whole(source: Path, path: Path, wanted: str) -> bool:
    """Put a file at another place too if its SHA-256 is the one wanted; return whether it was.

    Both places share the room on the disk; where the file system has no such links, it is copied.
    What is checked is what is put there, whatever becomes of the source meanwhile.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_name(path)
    temporary.unlink(missing_ok=True)
    try:
        if not _linked(source, temporary):
            data = _read(source)
            if data is None or checksum(data) != wanted:
                return False
            write_whole(path, data)
            return True
        if checksum(temporary.read_bytes()) != wanted:
            return False
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return True


def _linked(source: Path, path: Path) -> bool:
    with suppress(OSError):
        os.link(source, path)
        return True
    return False


def _read(path: Path) -> bytes | None:
    with suppress(OSError):
        return path.read_bytes()
    return None
