"""Where results go: every file is written whole under another name and renamed; nothing is lost.

A results folder belongs to one config and one version of the code. What is finished in it is found
again and never written over. What is finished in another folder is taken over from there.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from simcare.analysis.clients import Clients
from simcare.analysis.findings import About, Findings
from simcare.analysis.table_names import ABOUT, PROVENANCE
from simcare.store.clients import clients_frame, clients_from
from simcare.store.names import TOLD
from simcare.store.parts import (
    CLIENTS,
    KINDS,
    OF_CLIENTS,
    OF_VISITS,
    VISITS,
    clients_in,
    encoded,
    parts_in,
)
from simcare.store.pointers import Part, Pointers
from simcare.store.provenance import code_hash, sealed
from simcare.store.records import frame_of, unlike, visits_of
from simcare.store.tables import (
    LATER,
    TABLES,
    NotATableError,
    about_from,
    findings_from,
    tables_of,
)
from simcare.store.told import told_frame, told_of
from simcare.store.whole import StoreError, checksum, link_whole, write_whole
from simcare.study import Block, Played, Scene, Told

CONFIG = "config.yaml"
REUSED = "reused"  # in a provenance: how many blocks were taken over from other folders


def _within(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


class Folder:
    """A results folder that belongs to one config and one version of the code.

    Of each block it keeps what its replications say, and the visits where they are wanted. The
    visits of a finished run may be taken away: nothing is made again for want of them.
    """

    def __init__(
        self,
        path: Path,
        origin: Mapping[str, Any],
        keeps_visits: bool = True,
        pointers: Pointers | None = None,
    ) -> None:
        self.path, self.origin, self.keeps_visits = path, dict(origin), keeps_visits
        self.pointers = pointers
        self._kept: set[tuple[int, int]] = set()
        self._taken_over: set[tuple[int, int]] = set()
        self._reused_before = self.reused

    def has_played(self, block: Block) -> bool:
        """Return whether a block was kept that had not been there, or not undamaged."""
        return (block.scene, block.number) in self._kept

    @property
    def played(self) -> int:
        """How many blocks were kept that had not been there, or not undamaged."""
        return len(self._kept)

    @property
    def taken_over(self) -> int:
        """How many blocks were not there, and were found in other folders."""
        return len(self._taken_over)

    def _part(self, kind: str, scene: Scene, block: Block) -> Path:
        name = f"part-{block.number:05d}.parquet"
        return self.path / kind / scene.case / scene.policy / name

    def find(self, scene: Scene, block: Block) -> tuple[Told, ...] | None:
        """Return what a block kept before says, here or in another folder, or None.

        A damaged part counts as none. So does a block whose visits are wanted, and were never kept
        or are damaged, and one whose clients were told and are not there as they were written.
        What is found in another folder is here afterwards.
        """
        found = self._told(scene, block) or self._take_over(scene, block)
        if found is not None:
            self._point(scene, block)
        return found

    def _told(self, scene: Scene, block: Block) -> tuple[Told, ...] | None:
        """Return what a block kept in this folder says, None if not all of it is as it should."""
        if self.keeps_visits and not self._has_visits(scene, block):
            return None
        if not self._has_clients(scene, block):
            return None
        try:
            return told_of(self._read(TOLD, scene, block), scene, block)
        except (pl.exceptions.PolarsError, OSError, ValueError, LookupError):
            return None

    def _take_over(self, scene: Scene, block: Block) -> tuple[Told, ...] | None:
        """Return what a block kept in another folder says, None if it is in none as it should be.

        Its parts are put here too. What its replications say comes last: where that is, the records
        are.
        """
        if self.pointers is None:
            return None
        needed = {TOLD, VISITS} if self.keeps_visits else {TOLD}
        for place in self.pointers.places(scene, block):
            kinds = [kind for kind in KINDS if kind in place and kind in {*needed, CLIENTS}]
            mine = {k: Part(self._part(k, scene, block), place[k].sha256) for k in kinds}
            if needed <= set(mine) and all(self._link(place[k].path, mine[k]) for k in mine):
                self.pointers.add(scene, block, mine)
                found = self._told(scene, block)
                if found is not None:
                    self._taken_over.add((block.scene, block.number))
                    return found
        return None

    def _link(self, source: Path, part: Part) -> bool:
        """Put a part of another folder here too; return whether it was as it was kept there.

        It may differ from what a finished run had here: one that kept visits says so in a part.
        """
        if not link_whole(source, *part):
            return False
        if known := self._checksums:
            name = _within(self.path, part.path)
            self.origin["sha256"] = {other: sha for other, sha in known.items() if other != name}
        return True

    def _point(self, scene: Scene, block: Block) -> None:
        """Let others find a block that is here, if they do not yet."""
        if self.pointers is None:
            return
        parts = {kind: self._part(kind, scene, block) for kind in KINDS}
        if self.pointers.wanted(scene, block, parts[TOLD]) is not None:
            return
        there = {kind: part for kind, part in parts.items() if part.exists()}
        place = {kind: Part(part, checksum(part.read_bytes())) for kind, part in there.items()}
        self.pointers.add(scene, block, place)

    def visits(self, scene: Scene, block: Block) -> tuple[NDArray[np.void], ...] | None:
        """Return the visits of a block kept before, one array for each replication, or None."""
        try:
            table = self._read(VISITS, scene, block)
            return tuple(visits_of(table, r) for r in block.replications)
        except (pl.exceptions.PolarsError, OSError, ValueError):
            return None

    def clients(self, scene: Scene, block: Block) -> tuple[Clients, ...] | None:
        """Return the clients of a block kept before, those of each replication, or None."""
        try:
            return clients_from(self._read(CLIENTS, scene, block), block)
        except (pl.exceptions.PolarsError, OSError, ValueError):
            return None

    def _read(self, kind: str, scene: Scene, block: Block) -> pl.DataFrame:
        part = self._part(kind, scene, block)
        data = part.read_bytes()
        if not (self._as_written(part, data) and self._as_kept(part, data, scene, block)):
            raise ValueError(f"{part}: changed since the run wrote it")
        return pl.read_parquet(io.BytesIO(data))

    def _as_kept(self, part: Path, data: bytes, scene: Scene, block: Block) -> bool:
        """Return whether a part of an unfinished run is as its pointer says, if that is known."""
        if self.pointers is None or _within(self.path, part) in self._checksums:
            return True
        return self.pointers.wanted(scene, block, part) in (None, checksum(data))

    def _has_visits(self, scene: Scene, block: Block) -> bool:
        """Return whether a block's visits are there as they were written, or were taken away."""
        part = self._part(VISITS, scene, block)
        name = _within(self.path, part)
        if name in self._checksums:
            return not part.exists() or self.holds(name)
        try:
            return self._noted(OF_VISITS, scene, block) == checksum(part.read_bytes())
        except (pl.exceptions.PolarsError, OSError):
            return False

    def _has_clients(self, scene: Scene, block: Block) -> bool:
        """Return whether a block's clients are there as they were written, or were never told."""
        try:
            noted = self._noted(OF_CLIENTS, scene, block)
            part = self._part(CLIENTS, scene, block)
            return noted is None or noted == checksum(part.read_bytes())
        except (pl.exceptions.PolarsError, OSError):
            return False

    def _noted(self, key: str, scene: Scene, block: Block) -> str | None:
        """Return what is noted in the metadata of what a block's replications say."""
        return pl.read_parquet_metadata(self._part(TOLD, scene, block)).get(key)

    @property
    def _checksums(self) -> Mapping[str, str]:
        """The checksum of each file of the run when it was finished; empty before."""
        known = self.origin.get("sha256")
        return known if isinstance(known, dict) else {}

    def holds(self, name: str) -> bool:
        """Return whether a file of a finished run is there, as it was written."""
        try:
            return self._as_written(self.path / name, (self.path / name).read_bytes())
        except OSError:
            return False

    def _as_written(self, path: Path, data: bytes) -> bool:
        """Return whether a file is as it was when the run was finished, if it was."""
        wanted = self._checksums.get(_within(self.path, path))
        return wanted is None or wanted == checksum(data)

    def keep(self, scene: Scene, block: Block, told: Sequence[Told], played: Played | None) -> None:
        """Keep what a block says, after its records if there are any, each whole or not at all.

        What it says comes last: where that is, the records were written before.
        """
        self._kept.add((block.scene, block.number))
        parts, notes = {}, {}
        if played is not None:
            parts[VISITS] = self._write(VISITS, scene, block, frame_of(scene, block, played))
            notes[OF_VISITS] = parts[VISITS].sha256
        if clients := clients_in(told):
            parts[CLIENTS] = self._write(
                CLIENTS, scene, block, clients_frame(scene, block, clients)
            )
            notes[OF_CLIENTS] = parts[CLIENTS].sha256
        parts[TOLD] = self._write(TOLD, scene, block, told_frame(scene, block, told), notes)
        if self.pointers is not None:
            self.pointers.add(scene, block, parts)

    def _write(
        self,
        kind: str,
        scene: Scene,
        block: Block,
        table: pl.DataFrame,
        notes: Mapping[str, str] | None = None,
    ) -> Part:
        """Write a part, with notes in its metadata, and return where it is, with its checksum."""
        data, path = encoded(table, notes), self._part(kind, scene, block)
        write_whole(path, data)
        return Part(path, checksum(data))

    def unlike(
        self, scene: Scene, whole: Block, part: range, told: Sequence[Told], played: Played
    ) -> str | None:
        """Return in words where the kept tables of a block are not what these replications make.

        ``part`` are those of the block that were played. None where no table is kept. What another
        version of simcare has measured is not compared: it may have measured something else.
        """
        some = Block(whole.scene, whole.number, part)
        made = {VISITS: frame_of(scene, some, played)}
        if self._is_of_this_version:
            made[TOLD] = told_frame(scene, some, told)
            if clients := clients_in(told):
                made[CLIENTS] = clients_frame(scene, some, clients)
        for kind, table in made.items():
            path = self._part(kind, scene, whole)
            if not path.exists():
                continue
            try:
                words = unlike(pl.read_parquet(path), table, whole.replications)
            except (pl.exceptions.PolarsError, OSError):
                words = "it is damaged, and cannot be read"
            if words:
                return f"{_within(self.path, path)}: {words}"
        return None

    @cached_property
    def _is_of_this_version(self) -> bool:
        return bool(self.origin.get("code_sha256") == code_hash())

    def check_kept(self) -> None:
        """Raise StoreError if a file of a finished run is not there as it was written.

        Visits may be taken away: they take the most room, and can be played again.
        """
        for name in self._checksums:
            if self.holds(name):
                continue
            if (self.path / name).exists():
                raise StoreError(f"{self.path / name}: changed since the run wrote it")
            if not name.startswith(VISITS):
                raise StoreError(f"{self.path / name}: the run wrote it, and it is not there")

    def note(self, key: str, value: object) -> None:
        """Write one more thing down in the provenance of a finished run."""
        self.origin[key] = value
        write_whole(self.path / PROVENANCE, sealed(self.origin))

    def note_taken_over(self) -> None:
        """Write down how many blocks were found in other folders, those of this run by now."""
        reused = self._reused_before + self.taken_over
        if reused != self.reused:
            self.note(REUSED, reused)

    @property
    def reused(self) -> int:
        """How many blocks came from other folders, by the provenance."""
        return int(self.origin.get(REUSED, 0))

    def finish(
        self, findings: Findings, run_time_seconds: float, failures: Mapping[str, str] | None = None
    ) -> None:
        """Write the tables, then the provenance that says that the run is finished.

        ``failures`` are the jobs of a sweep that failed, each with its reason.
        """
        for name, data in tables_of(findings).items():
            write_whole(self.path / name, data)
        tables = [self.path / name for name in TABLES]
        checksums = {
            **{name: sha for name, sha in self._checksums.items() if name.startswith(VISITS)},
            **{
                _within(self.path, path): checksum(path.read_bytes())
                for path in (self.path / CONFIG, *tables, *parts_in(self.path))
            },
        }
        self.origin |= {
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "run_time_seconds": round(run_time_seconds, 3),
            REUSED: self.reused,
            "failures": dict(failures or {}),
            "sha256": checksums,
        }
        write_whole(self.path / PROVENANCE, sealed(self.origin))

    def note_failures(self, failures: Mapping[str, str]) -> None:
        """Write down why the jobs of a sweep failed, when none was finished."""
        self.origin["failures"] = dict(failures)
        write_whole(self.path / PROVENANCE, sealed(self.origin))

    def findings(self) -> Findings:
        """Return the findings of a finished run, read from its tables.

        Raises StoreError, naming the file, if one is missing or not as it was written.
        """
        config = [CONFIG] if CONFIG in self._checksums else []
        tables = [name for name in TABLES if name not in LATER or name in self._checksums]
        for name in (*tables, *config):
            self._table(name)  # those that nothing is read from must be as they were too
        try:
            return findings_from(self._table, tables)
        except NotATableError as error:
            raise StoreError(f"{self.path}/{error}") from None

    def about(self) -> About:
        """Return what a finished run was about, without reading its other tables.

        Raises StoreError, naming the file, if it is missing or not as it was written.
        """
        try:
            return about_from(self._table(ABOUT))
        except NotATableError as error:
            raise StoreError(f"{self.path}/{error}") from None

    def _table(self, name: str) -> bytes:
        try:
            data = (self.path / name).read_bytes()
        except OSError as error:
            raise StoreError(f"{self.path / name}: cannot be read ({error.strerror})") from None
        if not self._as_written(self.path / name, data):
            raise StoreError(f"{self.path / name}: changed since the run wrote it")
        return data

    def add(self, files: Mapping[str, bytes]) -> None:
        """Write files that can be made again from the tables: a report and its charts."""
        for name, data in files.items():
            write_whole(self.path / name, data)
        self.origin["made"] = {name: checksum(data) for name, data in files.items()}
        write_whole(self.path / PROVENANCE, sealed(self.origin))

    @property
    def is_reported(self) -> bool:
        """Whether the files made from the tables are there, as they were made."""
        made = self.origin.get("made")
        if not isinstance(made, dict) or not made:
            return False
        try:
            return all(checksum((self.path / name).read_bytes()) == made[name] for name in made)
        except OSError:
            return False
