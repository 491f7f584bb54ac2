"""A service with known answers: its config, how each quantity is read, and its exact values."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from tests.verification.known import (
    OWN_SERVICES,
    Count,
    Counting,
    Estimated,
    Floats,
    Reads,
    asked,
    played,
)

from simcare.analysis.records import Records
from simcare.kernels.tables import TICKS_PER_DAY

EVERYONE, OVER_TIME = "all who joined", "mean over time"
HELD = "held by people who wait for the next place"


@dataclass(frozen=True)
class Answer:
    """An exact value, and how it is read off the outcomes or counted in the records."""

    exact: float
    read: Reads | Count
    share: bool = False


@dataclass(frozen=True, eq=False)
class Answered:
    """A service with overrides, its warm-up and horizon in days, and its exact values.

    ``replications`` and ``horizon`` are those of the short test. ``printed`` are values computed
    apart from this package. Every service has a seed of its own: with one for all, the same people
    would come everywhere, and what is found would go wrong together.
    """

    name: str
    overrides: tuple[str, ...]
    warm_up: int
    horizon: int
    answers: Mapping[str, Answer]
    printed: Mapping[str, str]
    seed: int
    replications: int = 40
    population: str = "plain"

    def compared(self, longer: int = 1, more: int = 1) -> list[tuple[bool, Estimated]]:
        """Play it, and return every estimate beside its exact value, and whether it is a share."""
        study = asked(
            [
                *self.overrides,
                f"population={self.population}",
                f"seed={self.seed}",
                f"warm_up_days={self.warm_up}",
                f"horizon_days={self.horizon * longer}",
                f"replications={self.replications * more}",
            ],
            OWN_SERVICES,
        )
        counts = {q: a.read for q, a in self.answers.items() if not isinstance(a.read, Reads)}
        store = Counting(study=study, counts=counts)
        (result,) = played(study, store)

        def values(quantity: str, answer: Answer) -> Floats:
            return answer.read.of(result) if isinstance(answer.read, Reads) else store.of(quantity)

        return [
            (a.share, Estimated.of(f"{self.name}, {q}", values(q, a), a.exact))
            for q, a in self.answers.items()
        ]


def window_days(records: Records) -> float:
    """Return the days that are measured."""
    return (records.reading.horizon - records.reading.warm_up) / TICKS_PER_DAY


def starts_a_day(stage: str) -> Count:
    """Return what counts how many start a stage, a day."""

    def count(records: Records) -> float:
        here = records.columns["stage"] == records.reading.stages.index(stage)
        started = records.columns["started"][here]
        return float((started >= records.reading.warm_up).sum() / window_days(records))

    return count


def any_held(stage: str) -> Count:
    """Return what counts the share of time in which at least one place of a stage is held."""

    def count(records: Records) -> float:
        here = records.columns["stage"] == records.reading.stages.index(stage)
        held = here & (records.held_from < records.until) & (records.columns["started"] >= 0)
        window = records.reading.warm_up, records.reading.horizon
        begin, end = records.held_from[held].clip(*window), records.until[held].clip(*window)
        order = np.argsort(begin, kind="stable")
        begin, end = begin[order], np.maximum.accumulate(end[order])
        covered = np.maximum(end - np.maximum(begin, np.append(window[0], end[:-1])), 0).sum()
        return float(covered / TICKS_PER_DAY / window_days(records))

    return count


def mean_wait(exact: float, stage: str) -> Answer:
    """Return the mean wait of all who joined a stage's list."""
    return Answer(exact, Reads("mean wait", EVERYONE, stage))


def had_to_wait(exact: float, stage: str) -> Answer:
    """Return the share of those who joined a stage that had to wait."""
    return Answer(exact, Reads("had to wait", EVERYONE, stage, share=True), share=True)


def people_waiting(exact: float, capacity: str) -> Answer:
    """Return the mean number waiting for a capacity."""
    return Answer(exact, Reads("people waiting", OVER_TIME, capacity))


def occupancy(exact: float, capacity: str) -> Answer:
    """Return the mean share of a capacity that is used, held places included."""
    return Answer(exact, Reads("utilisation", "all places", capacity, share=True), share=True)


@cache
def compared(service: Answered, longer: int = 1, more: int = 1) -> list[tuple[bool, Estimated]]:
    """Return a service's estimates beside their exact values, played once."""
    return service.compared(longer, more)
