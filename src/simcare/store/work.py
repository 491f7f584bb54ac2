"""What there is to do in a results folder: a small file, written as its run or sweep begins.

It says how many replications of which scenario, in parts of how many, or which jobs; so that
another process can tell at any time how far it is. It is no result, and has no checksum.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from simcare.store.names import WORK
from simcare.store.whole import write_whole


@dataclass(frozen=True)
class SceneWork:
    """A scenario, its replications, and how many of them lie in a part (fewer in the last)."""

    case: str
    policy: str
    replications: int
    in_a_part: int

    def in_part(self, number: int) -> int:
        """Return how many replications the part of a number, from 0, holds."""
        return max(min(self.in_a_part, self.replications - number * self.in_a_part), 0)


@dataclass(frozen=True)
class JobWork:
    """A job of a sweep: its folder in the sweep's, its combination, the command for it alone.

    ``config_sha256`` is that of its config, as in its provenance.
    """

    folder: str
    label: str
    replications: int
    command: str
    config_sha256: str


@dataclass(frozen=True)
class Failed:
    """Why a job of a sweep failed, and when: an ISO date with its zone."""

    reason: str
    at: str


@dataclass(frozen=True)
class Work:
    """What there is to do: the scenes of a run or the jobs of a sweep, and the command for it all.

    ``since`` is when the playing began that goes on, or went on last (an ISO date with its zone;
    empty before it does), ``done_before`` how many replications were finished then. ``failures``
    are those of the jobs that have failed since, by their labels.
    """

    command: str
    scenes: tuple[SceneWork, ...] = ()
    jobs: tuple[JobWork, ...] = ()
    since: str = ""
    done_before: int = 0
    failures: Mapping[str, Failed] = field(default_factory=dict)

    @property
    def replications(self) -> int:
        """How many replications there are in all."""
        of_scenes = sum(scene.replications for scene in self.scenes)
        return of_scenes + sum(job.replications for job in self.jobs)


_WORK = TypeAdapter(Work)


def now() -> str:
    """Return this moment as an ISO date with its zone, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def write_work(folder: Path, work: Work) -> None:
    """Write down what there is to do in a folder."""
    text = json.dumps(asdict(work), indent=2, ensure_ascii=False) + "\n"
    write_whole(folder / WORK, text.encode())


def read_work(folder: Path) -> Work | None:
    """Return what there is to do in a folder, None where that was not noted or cannot be read."""
    try:
        return _WORK.validate_json((folder / WORK).read_bytes())
    except (OSError, ValidationError):
        return None
