"""One client's way through a replication, step by step, and whose way to tell as an example.

A step says that something happened, when, at which stage, and since when that had lasted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simcare.kernels.tables import (
    COMPLETED,
    DIED,
    FATES,
    HOLDING,
    MISSED,
    NONE,
    STAYING,
    TICKS_PER_DAY,
    WAITING,
    Row,
    Rows,
)

# What happens besides the ways in which a visit ends (FATES). Who waits and does not start ends
# the wait "on_the_list".
ASKED, ASKED_AGAIN, WENT_ON, JOINED = "asked", "asked_again", "went_on", "joined"
BEGAN, BEGAN_AT_ONCE, KEPT = "began", "began_at_once", "completed_and_kept"
GONE, GONE_AFTER, ON_THE_LIST = "gone", "gone_after", "_on_the_list"
HELP_MARKS = ("first_help", "treatment", "bed", "discharge")


class Client(NamedTuple):
    """Who a client is, in every scenario: the arrival stream, and the number in it from 0."""

    stream: str
    number: int

    def __str__(self) -> str:
        return f"{self.stream}:{self.number}"


@dataclass(frozen=True)
class Lives:
    """Visits of one replication: VISIT rows ordered by client, and what their numbers stand for.

    ``streams`` (one of ``stream_names`` for each row, int64) and ``numbers`` (int64) say whose each
    row is.
    """

    visits: Rows
    stages: tuple[str, ...]
    stream_names: tuple[str, ...]
    streams: NDArray[np.int64]
    numbers: NDArray[np.int64]


@dataclass(frozen=True)
class Step:
    """Something that happened to a client: the tick, what, at which stage, and since which tick.

    ``motivation`` and ``severity`` are those of the moment, None where they were not written down.
    """

    tick: int
    event: str
    stage: str
    since: int
    motivation: float | None = None
    severity: float | None = None


def helping(stages: Mapping[str, str], marks: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Return the stages in which something is begun and ended, not just passed on the way.

    Those that ask for a capacity (``stages`` maps each to it, or to ""), and those that are help,
    treatment, a bed or what is discharged from.
    """
    marked = {stage for mark in HELP_MARKS for stage in marks.get(mark, ())}
    return frozenset(marked | {stage for stage, capacity in stages.items() if capacity})


def steps(
    visits: Rows, stages: Sequence[str], help_in: frozenset[str], horizon: int
) -> tuple[Step, ...]:
    """Return a client's steps, in their order, from the client's visits (VISIT rows, in theirs).

    ``stages`` are the names by number, ``help_in`` those of :func:`helping`. What is still open at
    the horizon is said at its tick. Ending a stage that is only passed is not told, but for the
    last one: what follows begins in the same tick.
    """
    found: list[Step] = []
    for k, visit in enumerate(visits):
        before = visits[k - 1] if k else None
        after = visits[k + 1] if k + 1 < len(visits) else None
        stage = stages[visit["stage"]]
        found += _opening(visit, before, stage, stage in help_in)
        found += _closing(visit, after, stage, stage in help_in, horizon)
    return tuple(found)


def _opening(visit: Row, before: Row | None, stage: str, helps: bool) -> Iterator[Step]:
    """Yield how a visit begins: asking or going on, joining a list, beginning."""
    queued, started = int(visit["queued"]), int(visit["started"])
    began = started != NONE and visit["fate"] != MISSED
    if before is None:
        yield _step(visit, queued, ASKED, stage, queued, "queued")
    elif before["episode"] != visit["episode"]:
        yield _step(visit, queued, ASKED_AGAIN, stage, queued, "queued")
    elif not helps:
        yield Step(queued, WENT_ON, stage, queued)
    if started != queued:
        yield Step(queued, JOINED, stage, queued)
        if began:
            yield _step(visit, started, BEGAN, stage, queued, "started")
    elif helps and began:
        yield _step(visit, started, BEGAN_AT_ONCE, stage, queued, "started")


def _closing(
    visit: Row, after: Row | None, stage: str, helps: bool, horizon: int
) -> Iterator[Step]:
    """Yield how a visit ends, or that it is still open at the horizon."""
    started, ended, fate = int(visit["started"]), int(visit["ended"]), int(visit["fate"])
    since = started if started != NONE else int(visit["queued"])
    if fate == MISSED:
        yield _step(visit, started, FATES[fate], stage, int(visit["queued"]), "started")
        if after is None and ended != NONE:
            yield Step(ended, GONE, stage, since)
        return
    if fate in (WAITING, STAYING):
        yield Step(horizon, FATES[fate], stage, since)
        return
    if after is not None and (fate == HOLDING or int(after["queued"]) < ended):
        yield Step(int(after["queued"]), KEPT, stage, since)
        return
    passed = fate == COMPLETED and not helps
    if not passed:
        event = FATES[fate] + (ON_THE_LIST if started == NONE else "")
        yield _step(visit, ended, event, stage, since, "ended")
    if after is None and fate != DIED:
        yield Step(ended, GONE_AFTER if passed else GONE, stage, since)


def _step(visit: Row, tick: int, event: str, stage: str, since: int, moment: str) -> Step:
    """Return a step with the motivation and severity of one of a visit's three moments."""
    states = (float(visit[f"{name}_{moment}"]) for name in ("motivation", "severity"))
    motivation, severity = (None if np.isnan(state) else state for state in states)
    return Step(tick, event, stage, since, motivation, severity)


def treated(visits: Rows, treatment: Sequence[int]) -> tuple[int, int] | None:
    """Return when a client first started one of these stages, and in which episode; None if never.

    ``visits`` are the client's VISIT rows.
    """
    begun = visits[np.isin(visits["stage"], treatment) & _served(visits)]
    return (int(begun[0]["started"]), int(begun[0]["episode"])) if len(begun) else None


def _served(visits: Rows) -> NDArray[np.bool_]:
    """Return which visits began: an offer that was missed did not."""
    served: NDArray[np.bool_] = (visits["started"] >= 0) & (visits["fate"] != MISSED)
    return served


# --- whose way to tell ---------------------------------------------------------------------------

LATER, SOONER, WAIT, WHEN_ASKED = "later", "sooner", "wait", "when_asked"


@dataclass(frozen=True)
class Crowd:
    """When each client of a replication first asked, and started treatment in the first episode.

    Ticks; who did not start is not in ``treated``.
    """

    asked: Mapping[Client, int]
    treated: Mapping[Client, int]


@dataclass(frozen=True)
class Choice:
    """A client chosen as an example: by which rule, and out of how many.

    ``followed`` says whether these are only people who first asked in the time that was given;
    ``others`` is how many are like them, but for that the difference goes the other way;
    ``least_days`` is how large it is at least.
    """

    client: Client
    rule: str
    among: int
    followed: bool
    others: int = 0
    least_days: float = 1.0


def crowd(lives: Lives, treatment: Sequence[int]) -> Crowd:
    """Return who is in a replication; ``treatment`` are numbers of stages."""
    visits = lives.visits
    first = np.flatnonzero(np.diff(visits["client"], prepend=-1) != 0)
    begun = _served(visits) & (visits["episode"] == 1)
    rows = np.flatnonzero(np.isin(visits["stage"], treatment) & begun)
    _, earliest = np.unique(visits["client"][rows], return_index=True)
    return Crowd(
        dict(zip(_clients(lives, first), visits["queued"][first].tolist(), strict=True)),
        dict(
            zip(
                _clients(lives, rows[earliest]),
                visits["started"][rows[earliest]].tolist(),
                strict=True,
            )
        ),
    )


def _clients(lives: Lives, rows: NDArray[Any]) -> Iterator[Client]:
    for stream, number in zip(lives.streams[rows], lives.numbers[rows], strict=True):
        yield Client(lives.stream_names[stream], int(number))


def choose(crowds: Sequence[Crowd], asking: range, least_days: float = 1.0) -> Choice | None:
    """Return a client whose way shows the usual, not the curious; None if nobody asks everywhere.

    ``crowds`` are those of one replication under one or more policies. Of the clients who first
    ask in the ticks ``asking`` (or of all, if nobody does), under every policy, it is the middle
    one of those who start treatment under the first two of them so many days apart or more, and
    that in the direction, later or sooner, in which most do: by how far apart. With one policy it
    is the middle one by the time from asking to treatment, among those who start it; and where
    there is none of these, by when they asked.
    """
    base = crowds[0]
    common = [c for c in base.asked if all(c in other.asked for other in crowds)]
    followed = [c for c in common if base.asked[c] in asking]
    people = followed or common
    if not people:
        return None
    rule, ranked, others = _waits(crowds, people, least_days)
    if not ranked:
        rule, ranked = WHEN_ASKED, dict.fromkeys(people, 0)
    order = sorted(ranked, key=lambda c: (ranked[c], base.asked[c], c))
    middle = order[(len(order) - 1) // 2]
    return Choice(middle, rule, len(order), bool(followed), others, least_days)


def _waits(
    crowds: Sequence[Crowd], people: Sequence[Client], least_days: float
) -> tuple[str, dict[Client, int], int]:
    """Return by which wait people are ranked, the ticks of those who have it, how many do not."""
    if len(crowds) == 1:
        (only,) = crowds
        return WAIT, {c: only.treated[c] - only.asked[c] for c in people if c in only.treated}, 0
    a, b = crowds[:2]
    both = [c for c in people if c in a.treated and c in b.treated]
    least = least_days * TICKS_PER_DAY
    apart = {c: (b.treated[c] - b.asked[c]) - (a.treated[c] - a.asked[c]) for c in both}
    later = {c: ticks for c, ticks in apart.items() if ticks >= least}
    sooner = {c: -ticks for c, ticks in apart.items() if -ticks >= least}
    if len(sooner) > len(later):
        return SOONER, sooner, len(later)
    return LATER, later, len(sooner)
