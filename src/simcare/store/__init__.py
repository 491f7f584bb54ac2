"""Where results go: files are written whole and renamed; what is finished is found again."""

from simcare.store.folder import CONFIG, REUSED, Folder, StoreError
from simcare.store.opening import (
    check_writable,
    finished_folder,
    held,
    is_finished,
    open_folder,
)
from simcare.store.pointers import BLOCKS, Pointers, root_of
from simcare.store.provenance import code_hash, provenance
from simcare.store.tables import TABLES
from simcare.store.whole import write_whole

__all__ = [
    "BLOCKS",
    "CONFIG",
    "REUSED",
    "TABLES",
    "Folder",
    "Pointers",
    "StoreError",
    "check_writable",
    "code_hash",
    "finished_folder",
    "held",
    "is_finished",
    "open_folder",
    "provenance",
    "root_of",
    "write_whole",
]
