"""How much room there is, of memory and of disk; what a refused run made is taken away again."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from simcare.store.whole import RefusedError

_LIMIT_OF_CONTAINER = Path("/sys/fs/cgroup/memory.max")  # on Linux, of control groups 2


def free_bytes(path: Path) -> int | None:
    """Return how many bytes are free where a path is, or would be; None if that cannot be told."""
    try:
        there = next(p for p in (path.absolute(), *path.absolute().parents) if p.exists())
        return shutil.disk_usage(there).free
    except (OSError, StopIteration):
        return None


def memory_bytes() -> float | None:
    """Return the memory of this computer, or what its container may have; None if nobody tells."""
    found = []
    with suppress(AttributeError, ValueError, OSError):
        found.append(float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE"))
    with suppress(OSError, ValueError):  # there is "max" where it has no limit
        found.append(float(_LIMIT_OF_CONTAINER.read_text(encoding="ascii")))
    return min(found, default=None)


@contextmanager
def undone_if_refused(path: Path) -> Iterator[None]:
    """Take away what was made for a folder in here if its run is refused; RefusedError goes on.

    What was there before stays: a folder that held anything, and the folders above it.
    """
    whole = path.absolute()
    was_there = os.path.isdir(whole)
    held_something = was_there and any(whole.iterdir())
    made = [one for one in (whole, *whole.parents) if not os.path.exists(one)]
    try:
        yield
    except RefusedError:
        if not held_something:
            shutil.rmtree(whole, ignore_errors=True)
        with suppress(OSError):  # where something else was put beside it meanwhile
            for one in made[1:]:
                one.rmdir()
            if was_there:
                whole.mkdir(exist_ok=True)
        raise
