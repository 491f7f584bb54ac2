"""Where results go: files are written whole and renamed; what is finished is found again."""

from simcare.store.folder import (
    TABLES,
    Folder,
    StoreError,
    check_writable,
    is_finished,
    open_folder,
)
from simcare.store.provenance import code_hash, provenance
from simcare.store.whole import write_whole

__all__ = [
    "TABLES",
    "Folder",
    "StoreError",
    "check_writable",
    "code_hash",
    "is_finished",
    "open_folder",
    "provenance",
    "write_whole",
]
