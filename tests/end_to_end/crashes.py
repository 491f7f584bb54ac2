"""What a disk holds after a crash: all that a program does to files, recorded, and played in part.

Recorded are folders made, files begun, written, flushed, renamed, linked and removed. After some of
it, a crash leaves one of several states: a killed process leaves all that it did; where the power
fails, what was not flushed may be lost or torn, and so may names in folders that were not flushed.
"""

import builtins
import io
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from tests.end_to_end import small_sweep

Step = tuple[str, str, Any]  # what is done, to which path below the root, and with what
Loss = Literal["nothing", "unflushed", "torn", "names"]
LOSSES: tuple[Loss, ...] = ("nothing", "unflushed", "torn", "names")


class _Written(io.BufferedIOBase):
    """A file opened to be written that tells what is written to it."""

    def __init__(self, file: Any, tell: Callable[[bytes], None]) -> None:
        self._file, self._tell = file, tell

    def write(self, data: Any) -> int:
        """Write, and tell of it."""
        self._tell(bytes(data))
        done: int = self._file.write(data)
        return done

    def flush(self) -> None:
        """Hand on what was written to the system."""
        if not self._file.closed:
            self._file.flush()

    def fileno(self) -> int:
        """Return the number that the system knows the file by."""
        number: int = self._file.fileno()
        return number

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


@contextmanager
def recorded(root: Path, patch: pytest.MonkeyPatch) -> Iterator[list[Step]]:
    """Record all that is done to files below a folder while in here."""
    steps: list[Step] = []
    handles: dict[int, str] = {}
    names = ("mkdir", "replace", "rename", "link", "unlink", "remove", "rmdir", "open", "fsync")
    real: dict[str, Any] = {name: getattr(os, name) for name in names}
    real_open = builtins.open

    def below(path: Any) -> str | None:
        whole = os.path.realpath(os.path.dirname(os.fspath(path)))
        inside = os.path.relpath(os.path.join(whole, os.path.basename(path)), root)
        if inside == os.curdir:
            return ""
        return None if inside.startswith(os.pardir) else inside

    def one(name: str) -> Callable[..., Any]:
        def do(path: Any, *more: Any, **how: Any) -> Any:
            done = real[name](path, *more, **how)
            if (mine := below(path)) is not None:
                steps.append((name, mine, None))
            return done

        return do

    def two(name: str) -> Callable[..., Any]:
        def do(source: Any, target: Any, **how: Any) -> Any:
            done = real[name](source, target, **how)
            if (mine := below(source)) is not None:
                steps.append((name, mine, below(target)))
            return done

        return do

    def open_handle(path: Any, *more: Any, **how: Any) -> int:
        handle: int = real["open"](path, *more, **how)
        if (mine := below(path)) is not None:
            handles[handle] = mine
        return handle

    def flush(handle: int) -> None:
        real["fsync"](handle)
        if handle in handles:
            steps.append(("fsync", handles[handle], None))

    def open_file(path: Any, mode: str = "r", *more: Any, **how: Any) -> Any:
        mine = None if isinstance(path, int) or mode.startswith("r") else below(path)
        is_new = mine is not None and (mode.startswith("w") or not os.path.exists(path))
        file = real_open(path, mode, *more, **how)
        if mine is None:
            return file
        handles[file.fileno()] = mine
        if is_new:
            steps.append(("begin", mine, None))
        return _Written(file, lambda data: steps.append(("write", mine, data)))

    for name in ("mkdir", "unlink", "remove", "rmdir"):
        patch.setattr(os, name, one(name))
    for name in ("replace", "rename", "link"):
        patch.setattr(os, name, two(name))
    patch.setattr(os, "open", open_handle)
    patch.setattr(os, "fsync", flush)
    patch.setattr(io, "open", open_file)
    yield steps
    patch.undo()


@dataclass
class _Content:
    """What a file holds, and how much of it is sure to be there after the power has failed."""

    data: bytes = b""
    flushed: bytes | None = None

    def after(self, loss: Loss) -> bytes:
        """Return what the file holds after a crash."""
        if loss == "nothing" or self.data == self.flushed:
            return self.data
        if loss == "torn":
            return self.data[: len(self.data) // 2]
        return self.flushed or b""


@dataclass
class Disk:
    """A folder as steps leave it: files by their paths, None for a folder.

    ``sure`` are the names that were flushed with the folder that they are in, and all folders.
    """

    there: dict[str, _Content | None] = field(default_factory=dict)
    sure: dict[str, _Content | None] = field(default_factory=dict)

    def do(self, step: Step) -> None:
        """Take one step."""
        what, path, more = step
        if what == "mkdir":
            self.there[path] = self.sure[path] = None
        elif what == "begin":
            self.there[path] = _Content()
        elif what == "write":
            self._content(path).data += more
        elif what in ("replace", "rename"):
            self.there[more] = self.there.pop(path)
        elif what == "link":
            self.there[more] = self.there[path]
        elif what in ("unlink", "remove", "rmdir"):
            del self.there[path]
        elif path in self.there and self.there[path] is not None:
            self._content(path).flushed = self._content(path).data
        else:
            self._flush_folder(path)

    def _content(self, path: str) -> _Content:
        found = self.there[path]
        assert found is not None
        return found

    def _flush_folder(self, folder: str) -> None:
        inside = {path for path in {*self.there, *self.sure} if os.path.dirname(path) == folder}
        for path in inside:
            if path in self.there:
                self.sure[path] = self.there[path]
            else:
                self.sure.pop(path, None)

    def left(self, loss: Loss) -> Mapping[str, bytes | None]:
        """Return what a crash leaves now: what each file holds, None for a folder."""
        every = self.sure if loss == "names" else self.there
        return {path: None if one is None else one.after(loss) for path, one in every.items()}


def put(left: Mapping[str, bytes | None], root: Path) -> None:
    """Put what a crash left into a new folder."""
    root.mkdir()
    for path in sorted(left):
        data = left[path]
        if data is None:
            (root / path).mkdir(parents=True, exist_ok=True)
        else:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)


def states(steps: list[Step]) -> Iterator[tuple[int, Loss, Mapping[str, bytes | None]]]:
    """Yield every state that a crash may leave, once: after how many steps, with what lost, it."""
    disk = Disk()
    seen: set[int] = set()
    for number, step in enumerate(steps, 1):
        disk.do(step)
        for loss in LOSSES:
            left = disk.left(loss)
            mark = hash(frozenset(left.items()))
            if mark not in seen:
                seen.add(mark)
                yield number, loss, left


def record(root: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Step], dict[str, bytes]]:
    """Play the small sweep; return all that it does to files, and the tables that it ends with."""
    (root / "results").mkdir(parents=True)
    with monkeypatch.context() as patch, recorded(root / "results", patch) as steps:
        small_sweep.play(root)
    return steps, small_sweep.tables(root)


def go_on(root: Path, left: Mapping[str, bytes | None], whole: Mapping[str, bytes]) -> None:
    """Go on with the small sweep from what a crash left, and hold that it ends in whole tables."""
    root.mkdir()
    put(left, root / "results")
    small_sweep.play(root)
    assert small_sweep.tables(root) == whole
    assert not list(root.glob("results/[!.]*/**/*.tmp"))
    shutil.rmtree(root)
