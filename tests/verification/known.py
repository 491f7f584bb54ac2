"""Playing a config to the end in memory, and when an estimate is taken to agree with a known value.

The scenario is composed by the config layer and played by ``study.run``, as ``simcare run`` does:
nothing of a model is said here in any other way.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.estimates import mean_interval
from simcare.analysis.outcomes import Outcome
from simcare.analysis.records import Records
from simcare.config.build import job
from simcare.config.files import config_folders
from simcare.study import Block, Played, Result, Scene, Study, Told, reading_of, run

STANDARD_ERRORS = 4.0
FEWEST = 30

OWN_SERVICES = Path(__file__).parent / "services"

Floats = NDArray[np.float64]
Count = Callable[[Records], float]
Visits = NDArray[np.void]


@dataclass
class Memory:
    """A store that keeps the records of a study in memory."""

    keeps_visits = True
    blocks: dict[tuple[int, int], Played] = field(default_factory=dict)

    def find(self, scene: Scene, block: Block) -> None:
        """Return None: nothing was kept before."""

    def keep(self, scene: Scene, block: Block, told: Sequence[Told], played: Played | None) -> None:
        """Keep the records of a block."""
        if played is not None:
            self.blocks[block.scene, block.number] = played

    def played(self, scene: int) -> Played:
        """Return the records of a study's scene, of all replications in their order."""
        mine = [self.blocks[key] for key in sorted(self.blocks) if key[0] == scene]
        visits = tuple(v for block in mine for v in block.visits)
        return Played(visits, tuple(i for block in mine for i in block.ids))


class Forgetful(Memory):
    """A store that keeps nothing: for what is read off the outcomes alone."""

    keeps_visits = False


@dataclass
class Counting(Memory):
    """A store that counts in the records of each replication, and keeps no records."""

    study: Study | None = None
    counts: Mapping[str, Count] = field(default_factory=dict)
    found: dict[tuple[int, int], dict[str, float]] = field(default_factory=dict)

    def keep(self, scene: Scene, block: Block, told: Sequence[Told], played: Played | None) -> None:
        """Count in the records of a block."""
        if played is None or self.study is None:
            return
        reading = reading_of(scene.scenario, self.study.plan)
        for replication, visits in zip(block.replications, played.visits, strict=True):
            records = Records(visits, reading)
            counted = {name: count(records) for name, count in self.counts.items()}
            self.found[block.scene, replication] = counted

    def of(self, name: str, scene: int = 0) -> Floats:
        """Return what was counted in a scene under a name, for each replication in their order."""
        return np.array([self.found[key][name] for key in sorted(self.found) if key[0] == scene])


def asked(overrides: Sequence[str], own: Path | None = None) -> Study:
    """Return the study that a command line asks for, perhaps with configs of one's own."""
    return job(overrides, config_folders(own)).study


def played(study: Study, memory: Memory) -> list[Result]:
    """Play a study with two workers, and return the results of its scenes."""
    return run(study, memory, workers=2, progress=lambda done, total: None)


def records_of(study: Study, memory: Memory, scene: int = 0) -> list[Records]:
    """Return the records of a study's scene, one for each replication."""
    reading = reading_of(study.scenes[scene].scenario, study.plan)
    return [Records(visits, reading) for visits in memory.played(scene).visits]


def series(outcomes: Mapping[Outcome, Floats], name: str, over: str, where: str) -> Floats:
    """Return the values of one outcome over replications; whom it is over may be shortened."""
    found = [
        values
        for outcome, values in outcomes.items()
        if outcome.name == name and outcome.where == where and outcome.over.startswith(over)
    ]
    assert len(found) == 1, f"{len(found)} outcomes are named {name!r}, over {over!r}"
    return found[0]


@dataclass(frozen=True)
class Reads:
    """How a quantity is read off the outcomes: its outcome, and whether it is a share."""

    name: str
    over: str
    where: str
    share: bool = False
    complement: bool = False

    def of(self, result: Result) -> Floats:
        """Return the quantity's value in each replication; a share from 0 to 1."""
        values = series(result.outcomes, self.name, self.over, self.where)
        if self.share:
            values = values / 100
        return 1 - values if self.complement else values


@dataclass(frozen=True)
class Estimated:
    """An estimate from independent replications beside the value it should have."""

    name: str
    mean: float
    half_width: float
    standard_error: float
    replications: int
    exact: float

    @classmethod
    def of(cls, name: str, values: Floats, exact: float) -> "Estimated":
        """Return the mean of a value over replications, beside its exact value."""
        interval = mean_interval(values)
        error = float(np.std(values, ddof=1) / math.sqrt(len(values)))
        half_width = (interval.upper - interval.lower) / 2
        return cls(name, interval.mean, half_width, error, interval.n, exact)

    def faults(self, widest: float) -> list[str]:
        """Return why the estimate is not accepted; nothing if it is.

        It is when the exact value lies within 4 standard errors of it (false alarms: 6 in 100,000
        for a normal mean; by Student's t 4 in 10,000 with 30 replications, 1 with 100), from 30
        independent replications or more, and the half of the 95 % interval is at most ``widest``.
        """
        said = f"{self.name}: {self.mean:.5g} ± {self.half_width:.2g}, exactly {self.exact:.5g}"
        away = abs(self.mean - self.exact)
        found = []
        if self.replications < FEWEST:
            found.append(f"{said}: only {self.replications} replications")
        if not away <= STANDARD_ERRORS * self.standard_error:
            found.append(f"{said}: more than {STANDARD_ERRORS:g} standard errors away")
        if not self.half_width <= widest:
            found.append(f"{said}: the half-width is above {widest:.2g}")
        return found
