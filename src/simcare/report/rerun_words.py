"""A replication that was played again beside what was stored, in words and tables."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from simcare.analysis.outcomes import Outcome
from simcare.report.words import count, headings, say

# Sums are taken in another order on other processors, which moves the last digits of an outcome.
SAME = 1e-9
Table = Sequence[tuple[str, ...]]  # the headings, then rows


@dataclass(frozen=True)
class Again:
    """An outcome of a replication: as it was stored, and as it comes out now; nan if of nobody."""

    outcome: Outcome
    stored: float
    now: float

    @property
    def is_same(self) -> bool:
        """Whether both are the same, to nine digits."""
        if math.isnan(self.stored) or math.isnan(self.now):
            return math.isnan(self.stored) and math.isnan(self.now)
        return math.isclose(self.stored, self.now, rel_tol=SAME, abs_tol=SAME)


@dataclass(frozen=True)
class Changed:
    """A version that is not what it was, "" where there was none, or is none now."""

    name: str
    then: str
    now: str


@dataclass(frozen=True)
class Rerun:
    """A replication that was played again: which, by which engine, and what came out."""

    path: Path
    case: str
    policy: str
    replication: int
    outcomes: tuple[Again, ...]
    engine: str
    changed: tuple[Changed, ...]

    @property
    def differing(self) -> int:
        """How many outcomes are not what was stored."""
        return sum(not one.is_same for one in self.outcomes)


def rerun_said(rerun: Rerun) -> Iterator[str | Table]:
    """Yield what was played, its outcomes beside those stored, and what comes of it."""
    yield say(
        "rerun.head",
        folder=rerun.path,
        case=rerun.case,
        policy=rerun.policy,
        number=rerun.replication,
        engine=rerun.engine,
    )
    header = headings("rerun.outcome", "rerun.where", "rerun.stored", "rerun.now", "rerun.same")
    yield [header, *map(_row, rerun.outcomes)]
    if rerun.changed:
        yield say("rerun.changed")
        names = headings("rerun.what", "rerun.then", "rerun.today")
        none = say("ui.no_data")
        rows = [(one.name, one.then or none, one.now or none) for one in rerun.changed]
        yield [names, *rows]
    else:
        yield say("rerun.unchanged")
    if rerun.differing:
        yield count("rerun.differs", f"{rerun.differing:,}", of=f"{len(rerun.outcomes):,}")
    else:
        yield count("rerun.identical", f"{len(rerun.outcomes):,}")


def _row(one: Again) -> tuple[str, ...]:
    o = one.outcome
    name = f"{o.name} ({o.over})" if o.over else o.name
    same = say("rerun.yes" if one.is_same else "rerun.no")
    return name, o.where, _written(one.stored), _written(one.now), same


def _written(value: float) -> str:
    return say("ui.no_data") if math.isnan(value) else f"{value:.10g}"
