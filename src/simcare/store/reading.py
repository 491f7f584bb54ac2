"""Finished runs read back: what their parts say, and files as they stand."""

from collections.abc import Sequence
from pathlib import Path

from simcare.store.folder import Folder
from simcare.store.names import TOLD
from simcare.store.parts import CLIENTS
from simcare.store.whole import StoreError
from simcare.study import Block, Played, Scene, Told


class FinishedParts(Folder):
    """A finished run's folder as a store that only gives: what it lacks is an error."""

    def __init__(self, folder: Folder) -> None:
        super().__init__(folder.path, folder.origin, keeps_visits=False)

    def find(self, scene: Scene, block: Block) -> tuple[Told, ...]:
        """Return what a block says; raise StoreError, naming it, if it is not as it was written."""
        found = super().find(scene, block)
        if found is None:
            part = self._part(TOLD, scene, block)
            raise StoreError(f"{part}: it is not there, or not with its clients as it was written")
        return found

    def keep(self, scene: Scene, block: Block, told: Sequence[Told], played: Played | None) -> None:
        """Raise StoreError: a finished run is only read."""
        raise StoreError(f"{self.path}: this run is finished, nothing is added to it")

    @property
    def noted(self) -> list[str]:
        """The files of which a checksum was noted when the run was finished."""
        return [*self._checksums]

    @property
    def noted_parts(self) -> list[str]:
        """The parts of what replications and clients say, as they were noted."""
        return [name for name in self.noted if name.startswith((f"{TOLD}/", f"{CLIENTS}/"))]

    def is_there(self, name: str) -> bool:
        """Return whether there is a file of a name, whatever it holds."""
        return (self.path / name).is_file()

    def read(self, name: str) -> bytes | None:
        """Return a file as it stands now, None if it is not there."""
        return file_at(self.path / name)


def file_at(path: Path) -> bytes | None:
    """Return what a file holds, None if there is none; raise StoreError if it cannot be read."""
    if not path.is_file():
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror})") from None
