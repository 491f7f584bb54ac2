"""Where finished blocks lie: a small file for each block that was kept, beside results folders.

Its name is a digest of all that the block's parts follow from, so whoever wants the same block
finds it in whatever folder it lies, under whatever names. It is a pointer: it says in which folders
the parts are, with their checksums. A part that is not as it says counts as none; without pointers,
or with damaged ones, blocks are played again, and nothing else is lost.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any, NamedTuple

from simcare.store.whole import checksum, write_whole
from simcare.study import Block, Scene, Study, identity_of

BLOCKS = ".blocks"
KEY, PLACES, PATH, SHA256 = "key", "places", "path", "sha256"
# Of a provenance: which code has made a part, with which libraries, on which kind of processor.
MADE_BY = ("code_sha256", "python", "versions", "machine")


def root_of(folder: Path) -> Path:
    """Return the root that a results folder lies in: the folder around it."""
    return Path(os.path.realpath(folder)).parent


class Part(NamedTuple):
    """A part of a block: where it lies, and the SHA-256 of what it held when it was written."""

    path: Path
    sha256: str


Place = Mapping[str, Part]  # the parts of a block in one results folder, by their kinds
Written = Mapping[str, Mapping[str, str]]  # a place as it is written: paths from the root


class Pointers:
    """The pointers to the blocks of one study, in the folder ``.blocks`` of a root.

    The root holds results folders, at whatever depth. Several threads and runs may add pointers:
    of two that add a place of one block at once, one may be lost.
    """

    def __init__(self, root: Path, study: Study, origin: Mapping[str, Any]) -> None:
        self.root, self.study = Path(os.path.realpath(root)), study
        self._made_by = {key: origin.get(key) for key in MADE_BY}
        self._identities: dict[int, str] = {}
        self._lock = Lock()

    def places(self, scene: Scene, block: Block) -> list[Place]:
        """Return where the parts of a block were kept, those added first before all others.

        Whether they are still there, as they were, is not known.
        """
        return [
            {kind: Part(self.root / part[PATH], part[SHA256]) for kind, part in place.items()}
            for place in self._read(scene, block)
        ]

    def wanted(self, scene: Scene, block: Block, path: Path) -> str | None:
        """Return the SHA-256 that a block's part at this path was kept with, None if not known."""
        name = self._name(path)
        parts = (part for place in self._read(scene, block) for part in place.values())
        return next((part[SHA256] for part in parts if part[PATH] == name), None)

    def add(self, scene: Scene, block: Block, place: Place) -> None:
        """Write down one more place of a block; places that are no longer there are left out.

        Where nothing can be written, nothing is: the block is only not found from elsewhere.
        """
        mine = {
            kind: {PATH: self._name(part.path), SHA256: part.sha256} for kind, part in place.items()
        }
        paths = _paths(mine)
        with self._lock, suppress(OSError):
            known = self._read(scene, block)
            others = [one for one in known if not _paths(one) & paths and self._is_there(one)]
            key = self._key(scene, block)
            text = json.dumps({KEY: key, PLACES: [*others, mine]}, indent=1, ensure_ascii=False)
            write_whole(self._file(key), text.encode(), flush=False)

    def _is_there(self, place: Written) -> bool:
        return all((self.root / part[PATH]).exists() for part in place.values())

    def _name(self, path: Path) -> str:
        """Return a path from the root, in the notation of all systems."""
        return Path(os.path.relpath(os.path.realpath(path), self.root)).as_posix()

    def _file(self, key: str) -> Path:
        return self.root / BLOCKS / key[:2] / f"{key}.json"

    def _key(self, scene: Scene, block: Block) -> str:
        """Return the digest of all that a block's parts follow from."""
        with_code = self._identities.get(block.scene)
        if with_code is None:
            whole = {**self._made_by, **identity_of(self.study, scene)}
            with_code = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
            self._identities[block.scene] = with_code
        numbers = block.replications
        return checksum(f"{with_code}[{numbers.start},{numbers.stop}]".encode())

    def _read(self, scene: Scene, block: Block) -> list[Written]:
        """Return what the pointer to a block says; nothing if there is none that can be read."""
        key = self._key(scene, block)
        try:
            found = json.loads(self._file(key).read_bytes())
        except (OSError, ValueError):
            return []
        if not isinstance(found, dict) or found.get(KEY) != key:
            return []
        listed = found.get(PLACES)
        places = listed if isinstance(listed, list) else []
        return [place for place in places if _is_place(place)]


def _is_place(found: object) -> bool:
    """Return whether what was read names parts that lie below the root, with their checksums."""
    return isinstance(found, dict) and bool(found) and all(map(_is_part, found.values()))


def _is_part(found: object) -> bool:
    if not isinstance(found, dict) or set(found) != {PATH, SHA256}:
        return False
    path, sha256 = found[PATH], found[SHA256]
    if not isinstance(path, str) or not isinstance(sha256, str) or "\0" in path:
        return False
    pure = PurePosixPath(path)
    return not pure.is_absolute() and ".." not in pure.parts


def _paths(place: Written) -> set[str]:
    """Return where the parts of a place lie."""
    return {part[PATH] for part in place.values()}
