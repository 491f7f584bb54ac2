"""The parts that a block is kept in: their kinds, and a table as the bytes of a part."""

import io
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import polars as pl

from simcare.analysis.clients import Clients
from simcare.store.names import TOLD
from simcare.study import Told

CLIENTS, VISITS = "clients", "visits"
KINDS = (VISITS, CLIENTS, TOLD)  # in the order in which they are written
# In the part of what replications say: the checksums of their visits, and of their clients.
OF_VISITS, OF_CLIENTS = "visits_sha256", "clients_sha256"
# Of a part's compression: level 3 makes parts of visits smaller by 2 in 100 and takes half as long
# again; statistics, by which readers pass over what they do not want, are of no use in small parts.
LEVEL = 1


def encoded(table: pl.DataFrame, notes: Mapping[str, str] | None = None) -> bytes:
    """Return a table as Parquet, with notes in its metadata."""
    buffer = io.BytesIO()
    how: dict[str, Any] = {"compression": "zstd", "compression_level": LEVEL}
    table.write_parquet(buffer, statistics=False, metadata=dict(notes or {}), **how)
    return buffer.getvalue()


def clients_in(told: Sequence[Told]) -> list[Clients]:
    """Return the clients of replications, none where they are not told one by one."""
    return [one.clients for one in told if one.clients is not None]


def parts_in(folder: Path) -> list[Path]:
    """Return the parts in a results folder: of what is told, of clients and of visits."""
    each = (sorted((folder / kind).rglob("*.parquet")) for kind in (TOLD, CLIENTS, VISITS))
    return list(chain.from_iterable(each))
