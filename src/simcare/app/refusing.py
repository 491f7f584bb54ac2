"""Runs that ask for more than there is are refused before they begin; ``--yes`` runs them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simcare.report.need import (
    more_disk_than_free,
    more_memory_than_there_is,
    more_time_than_is_usual,
)
from simcare.store import RefusedError, free_bytes, memory_bytes
from simcare.study import Need

MOST_DAYS = 3.0  # a run that takes longer wants a --yes
SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True)
class Room:
    """What there is for a run: bytes of memory and of free disk, None where nobody can tell."""

    memory_bytes: float | None
    disk_bytes: float | None


def room_at(path: Path) -> Room:
    """Return what there is for a run whose results go into a folder."""
    return Room(memory_bytes(), free_bytes(path))


def refuse(need: Need, room: Room, workers: int) -> None:
    """Raise RefusedError, saying all that a run asks too much of, with the numbers; else return."""
    if problems := [*_problems(need, room, workers)]:
        many = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}, nothing was run:"
        raise RefusedError("\n  ".join([many, *problems]))


def _problems(need: Need, room: Room, workers: int) -> Iterator[str]:
    if room.memory_bytes is not None and need.memory_bytes > room.memory_bytes:
        yield more_memory_than_there_is(need.memory_bytes, room.memory_bytes, workers)
    if room.disk_bytes is not None and need.disk_bytes > room.disk_bytes:
        yield more_disk_than_free(need.disk_bytes, room.disk_bytes, need.told_bytes)
    if need.seconds > MOST_DAYS * SECONDS_PER_DAY:
        yield more_time_than_is_usual(need.seconds, MOST_DAYS)
