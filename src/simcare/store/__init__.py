"""Where results go: files are written whole and renamed; what is finished is found again.

What takes long to import is imported when it is first asked for: where a run stands is told from
small files, without the tables.
"""

from typing import TYPE_CHECKING, Any

from simcare.store.provenance import code_hash, provenance
from simcare.store.room import free_bytes, memory_bytes, undone_if_refused
from simcare.store.standing import standing_of, standings_in
from simcare.store.whole import RefusedError, StoreError, write_pieces, write_whole
from simcare.store.work import Failed, JobWork, SceneWork, Work, now, read_work, write_work

if TYPE_CHECKING:
    from simcare.store.answers import answers_of
    from simcare.store.folder import CONFIG, REUSED, Folder
    from simcare.store.opening import (
        check_writable,
        finished_folder,
        held,
        is_finished,
        open_folder,
    )
    from simcare.store.pointers import BLOCKS, Pointers, root_of
    from simcare.store.tables import TABLES

__all__ = [
    "BLOCKS",
    "CONFIG",
    "REUSED",
    "TABLES",
    "Failed",
    "Folder",
    "JobWork",
    "Pointers",
    "RefusedError",
    "SceneWork",
    "StoreError",
    "Work",
    "answers_of",
    "check_writable",
    "code_hash",
    "finished_folder",
    "free_bytes",
    "held",
    "is_finished",
    "memory_bytes",
    "now",
    "open_folder",
    "provenance",
    "read_work",
    "root_of",
    "standing_of",
    "standings_in",
    "undone_if_refused",
    "write_pieces",
    "write_whole",
    "write_work",
]


def __getattr__(name: str) -> Any:
    """Return a name of the store that is not there yet: those of folders and of tables."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from simcare.store import answers, folder, opening, pointers, tables

    modules = (answers, folder, opening, pointers, tables)
    return next(vars(one)[name] for one in modules if name in vars(one))
