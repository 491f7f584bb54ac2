"""Where a run or a sweep stands: what is played, what failed, and how long it takes yet."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path


class State(StrEnum):
    """What a run, a sweep or a job of one is doing."""

    FINISHED = "finished"
    RUNNING = "running"
    FAILED = "failed"
    STOPPED = "stopped"
    NOT_BEGUN = "not_begun"


@dataclass(frozen=True)
class Standing:
    """Where a run, a sweep or a job of one stands.

    ``replications`` is how many there are in all, None where a folder does not say; ``done`` how
    many are played. ``begun`` and ``finished`` are the moments at which its folder was begun and
    its results were finished; ``seconds_left`` are how many it has to go, by what was measured in
    the folder. They are None where they are not known. Of what failed there is a ``reason``;
    ``command`` is what is given to go on.
    """

    path: Path
    label: str
    state: State
    replications: int | None
    done: int
    begun: datetime | None = None
    finished: datetime | None = None
    seconds_left: float | None = None
    reason: str = ""
    command: str = ""
    is_sweep: bool = False
    jobs: tuple["Standing", ...] = ()

    @property
    def not_played(self) -> int:
        """How many replications are not played yet, 0 where it is not known how many there are."""
        return 0 if self.replications is None else self.replications - self.done

    def number_of(self, state: State) -> int:
        """Return how many jobs are in a state."""
        return sum(job.state is state for job in self.jobs)

    def replications_of(self, *states: State) -> int:
        """Return how many replications are not played yet of the jobs in some states."""
        return sum(job.not_played for job in self.jobs if job.state in states)
