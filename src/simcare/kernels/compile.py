"""The one way a function of simcare is compiled to machine code, and where that is kept.

Every kernel uses the same options, so that its results do not depend on who compiled it:

* ``error_model="numpy"``: a division by zero gives inf or nan and never raises;
* ``nogil=True``: replications may run in threads of one process (but for brief kernels, below);
* ``cache=True``, if there is a folder that can be trusted: the machine code is kept there;
* never ``fastmath``: it lets the compiler reorder and fuse arithmetic, and the last bits of a
  result would then differ between processors.

Numba keeps machine code by the source file of the function compiled, and does not see that a file
changed whose functions that one calls: after an upgrade, old code would run on. So the folder's
name is a digest of all sources of the kernels and the engines and of the versions of Numba and
Python; whatever changes, the folder is another.

Numba's files are pickles: whoever can write one runs code in our process. So the folder is the
user's own, below ``NUMBA_CACHE_DIR``, ``XDG_CACHE_HOME`` or ``~/.cache``, made with mode 0700, and
refused when it is a link, belongs to somebody else or may be written by others, or lies where
anybody may put another in its place. Without a folder
that can be trusted and written, all works as it does with one, save that every process compiles for
itself.
"""

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from enum import Enum, auto
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any, TypeVar, cast

import numba as nb

_F = TypeVar("_F", bound=Callable[..., Any])

_HOME = Path(__file__).parents[1]
_COMPILED = ("engines", "kernels")
_DIGITS = 12
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def _sources() -> Iterator[bytes]:
    """Yield the name and the text of every source that machine code may come from."""
    for package in _COMPILED:
        for path in sorted((_HOME / package).glob("*.py")):
            yield f"{package}/{path.name}".encode()
            yield SourceFileLoader(path.stem, str(path)).get_data(str(path))


def _digest() -> str:
    """Return the name under which the machine code of these sources and versions is kept."""
    whole = hashlib.sha256()
    for part in (*_sources(), nb.__version__.encode(), sys.version.encode()):
        whole.update(len(part).to_bytes(8, "big"))
        whole.update(part)
    return whole.hexdigest()[:_DIGITS]


def _parent() -> Path:
    """Return the folder for what programs of this user keep, as the environment says."""
    if given := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(given).absolute()
    home = os.environ.get("XDG_CACHE_HOME", "")
    return Path(home) if os.path.isabs(home) else Path.home() / ".cache"


def _check_parent(parent: Path) -> None:
    """Raise PermissionError where anybody may put another folder in the place of ours."""
    mode = parent.stat().st_mode
    if sys.platform != "win32" and mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise PermissionError(f"anybody may rename what lies in {parent}")


def _make_own(folder: Path) -> None:
    """Make a folder of mode 0700 unless it is there; raise OSError if it cannot be trusted."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if sys.platform == "win32":
        return  # no owner and mode to ask for there: a user's own folders are private
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(f"{folder} is not a folder of this user")
    if found.st_mode & _OTHERS_MAY_WRITE:
        raise PermissionError(f"others may write to {folder}")


def cache_folder() -> Path | None:
    """Return the folder where machine code is kept, made if need be; None if there is none."""
    try:
        parent = _parent()
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_parent(parent)
        folder = parent / "simcare" / f"kernels-{_digest()}"
        _make_own(folder.parent)
        _make_own(folder)
        tempfile.TemporaryFile(dir=folder).close()
    except (OSError, RuntimeError):  # RuntimeError: the user has no home
        return None
    return folder


class Kept(Enum):
    """Whether the machine code of a kernel is kept from a run before: not yet, or nowhere."""

    YES = auto()
    NOT_YET = auto()
    NOWHERE = auto()


_FOLDER = cache_folder()
_config: Any = nb.config
_options: dict[str, Any] = {"cache": _FOLDER is not None, "nogil": True, "error_model": "numpy"}
_njit: Any = nb.njit  # whose option _nrt the types do not know
_allocating = _njit(**_options)
_inlined_allocating = _njit(**_options, forceinline=True)
_brief = _njit(**(_options | {"nogil": False}))
# Numba counts references to every array that it hands over; where nothing is allocated there is
# nothing to count, and an event loop would spend most of its time on it.
_plain = _njit(**_options, _nrt=False)
_inlined = _njit(**_options, _nrt=False, forceinline=True)


def kernel(function: _F) -> _F:
    """Return `function` compiled lazily for the argument types it is called with.

    It may allocate nothing. The static type of the function is kept, so calls to a kernel are
    type-checked as calls to the function it was made from.
    """
    return cast(_F, _kept_in_our_folder(_plain, function))


def inlined_kernel(function: _F) -> _F:
    """Return `function` compiled as a kernel that becomes a part of the kernels that call it.

    For functions that take many arrays, or do little: handing over costs more than what they do.
    """
    return cast(_F, _kept_in_our_folder(_inlined, function))


def allocating_kernel(function: _F) -> _F:
    """Return `function` compiled as a kernel that may make arrays."""
    return cast(_F, _kept_in_our_folder(_allocating, function))


def inlined_allocating_kernel(function: _F) -> _F:
    """Return `function` compiled as both: it may make arrays, and becomes a part of its callers."""
    return cast(_F, _kept_in_our_folder(_inlined_allocating, function))


def brief_kernel(function: _F) -> _F:
    """Return `function` compiled for calls from Python that are as brief as the call itself.

    It may make arrays, and it keeps Python's lock: to let go of it takes as long as what it does.
    """
    return cast(_F, _kept_in_our_folder(_brief, function))


def kept(function: Any) -> Kept:
    """Return whether the machine code of a kernel is kept, for any types of its arguments."""
    if _FOLDER is None:
        return Kept.NOWHERE
    source = getattr(function, "py_func", function)  # itself where Numba is switched off
    index = f"{source.__module__.rpartition('.')[2]}.{source.__qualname__}-*.nbi"
    return Kept.YES if any(_FOLDER.glob(f"*/{index}")) else Kept.NOT_YET


def _kept_in_our_folder(compile_it: Callable[[Any], Any], function: Any) -> Any:
    # Numba asks for the folder here, not when it compiles. Others' functions keep their own.
    before = _config.CACHE_DIR
    _config.CACHE_DIR = str(_FOLDER or before)
    try:
        dispatcher = compile_it(function)
    finally:
        _config.CACHE_DIR = before
    if _FOLDER is not None:
        dispatcher._cache.load_overload = _forgiving(dispatcher._cache)
    return dispatcher


def _forgiving(cache: Any) -> Callable[..., Any]:
    """Return how machine code is loaded, so that what is damaged is compiled anew.

    A file can end in its middle where power was cut or room ran out.
    """
    load = cache.load_overload

    def load_or_none(*arguments: Any) -> Any:
        try:
            return load(*arguments)
        except Exception:  # whatever unpickling of a damaged file raises
            cache.flush()
            return None

    return load_or_none
