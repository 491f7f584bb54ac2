"""Where people go: of 100 who asked, how many pass from each step to the next, or end.

The first episode of those followed, until its first loss: giving up, dropping out or a relapse.
What enters a step leaves it again, to another step or to an end; being still there at the horizon
is an end too. Who asks again after an end is counted as a flow from that end to ``COMES_BACK``.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.estimates import mean_interval
from simcare.analysis.records import Records, among
from simcare.kernels.tables import (
    COMPLETED,
    DIED,
    DROPPED_OUT,
    FATES,
    LEFT,
    MISSED,
    MOVED,
    RELAPSED,
)

ENTRY, COMES_BACK = "asked", "comes back"
GAVE_UP, LEFT_TREATMENT, RELAPSE, DEAD = "gave up", "dropped out", "relapsed", "died"
OUT, NOT_OFFERED, STILL_THERE = "out", "not offered treatment", "still there"
ENDS = (GAVE_UP, LEFT_TREATMENT, RELAPSE, DEAD, OUT, NOT_OFFERED, STILL_THERE)
LOSSES = (GAVE_UP, LEFT_TREATMENT, RELAPSE, DEAD, NOT_OFFERED)
BEFORE_HELP, HELPED, TREATED, AFTER = range(4)
PHASES = ("before first help", "first help", "treatment", "after treatment")

_ENDED_SO = {
    LEFT: GAVE_UP,
    MISSED: GAVE_UP,
    DROPPED_OUT: LEFT_TREATMENT,
    RELAPSED: RELAPSE,
    DIED: DEAD,
    COMPLETED: OUT,
    MOVED: OUT,
}
# The number of the end in ENDS that each fate is, by the number of the fate.
_END_OF = np.array([ENDS.index(_ENDED_SO.get(fate, STILL_THERE)) for fate in range(len(FATES))])
_BEFORE_ALL = -1

Flow = tuple[str, str]
Flows = Mapping[Flow, float]


@dataclass(frozen=True)
class FlowRow:
    """How many of 100 people who asked go from one step to another, or to an end."""

    source: str
    target: str
    mean: float
    lower: float
    upper: float
    n: int


def stage_flows(records: Records) -> Flows:
    """Return the flows between stages, of 100 who asked; a stage and its list are one step."""
    visits = records.columns
    rows = _first_episode(records)
    rows = rows[_until_first(records.client_of[rows], _is_loss(visits["fate"][rows]))]
    names = records.reading.stages
    return _of_100(records, rows, visits["stage"][rows].astype(np.int64), names, merge=False)


def phase_flows(records: Records) -> Flows:
    """Return the flows between the four phases, of 100 who asked.

    Who is on a stage's list has not reached it, and waits in the phase before. Who comes past the
    treatment without having had any was not offered it.
    """
    visits, reading = records.columns, records.reading
    rows = _first_episode(records)
    client = records.client_of[rows]
    phase = np.array(reading.phases)[visits["stage"][rows]]
    there = records.served[rows] | (phase == AFTER)
    reached = _highest_so_far(client, np.where(there, phase, BEFORE_HELP))
    untreated = (phase == AFTER) & ~_had(client, there & (phase == TREATED))
    before = np.flatnonzero(~_had(client, untreated))
    rows, reached = rows[before], reached[before]
    kept = _until_first(records.client_of[rows], _is_loss(visits["fate"][rows]))
    return _of_100(records, rows[kept], reached[kept], PHASES, merge=True)


def gather(replications: Sequence[Flows]) -> list[FlowRow]:
    """Return the mean of each flow over replications with its 95 % interval.

    A flow that a replication does not have is none there, unless nobody asked in it.
    """
    known = [flows for flows in replications if flows]
    names = list(dict.fromkeys(flow for flows in known for flow in flows))
    result = []
    for source, target in names:
        e = mean_interval([flows.get((source, target), 0.0) for flows in known])
        result.append(FlowRow(source, target, e.mean, e.lower, e.upper, e.n))
    return result


def from_one_step(rows: Sequence[FlowRow], first: str) -> tuple[FlowRow, ...]:
    """Return flows in which all who asked come to the first step, and go on from there.

    Ways in may begin further on, at first help or treatment itself: who comes so has asked too, and
    leaves the first step at once. Flows that are put together have no interval.
    """
    if not rows:
        return ()
    onward: dict[str, float] = {}
    for row in rows:
        if row.source in (ENTRY, first) and row.target != first:
            onward[row.target] = onward.get(row.target, 0.0) + row.mean
    asked = sum(row.mean for row in rows if row.source == ENTRY)
    n = max(row.n for row in rows)
    put = [(ENTRY, first, asked), *((first, target, mean) for target, mean in onward.items())]
    others = (row for row in rows if row.source not in (ENTRY, first))
    return (*(FlowRow(*flow, math.nan, math.nan, n) for flow in put), *others)


def _is_loss(fate: NDArray[np.uint16]) -> NDArray[np.bool_]:
    return among(fate, (LEFT, DROPPED_OUT, RELAPSED, DIED), len(FATES))


def _first_episode(records: Records) -> NDArray[np.intp]:
    """Return the rows of the first episodes of those followed."""
    return np.flatnonzero((records.columns["episode"] == 1) & records.followed[records.client_of])


def _starts(client: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return, for each row, where its client's rows begin."""
    new = np.diff(client, prepend=-1) != 0
    return np.maximum.accumulate(np.where(new, np.arange(len(client)), 0))


def _had(client: NDArray[np.intp], what: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return whether the client has had such a row by now, this one included."""
    count = np.cumsum(what)
    begin = _starts(client)
    return np.asarray(count - count[begin] + what[begin] > 0)


def _until_first(client: NDArray[np.intp], what: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the rows of each client up to its first such row, that one included."""
    count = np.cumsum(what)
    begin = _starts(client)
    return np.flatnonzero(count - what == count[begin] - what[begin])


def _highest_so_far(client: NDArray[np.intp], level: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the highest level that each row's client has had by then."""
    step = int(level.max(initial=0)) + 1
    return np.asarray(np.maximum.accumulate(client * step + level) - client * step)


def _of_100(
    records: Records,
    rows: NDArray[np.intp],
    step: NDArray[np.int64],
    names: Sequence[str],
    *,
    merge: bool,
) -> Flows:
    """Count the moves of clients along their steps, to their ends and back, of 100 who asked."""
    asked = int(records.followed.sum())
    if not asked:
        return {}
    client = records.client_of[rows]
    first = np.diff(client, prepend=-1) != 0
    last = np.diff(client, append=-1) != 0
    come_from = np.where(first, _BEFORE_ALL, np.roll(step, 1))
    moves = np.flatnonzero((come_from != step) if merge else np.ones(len(step), bool))
    pairs = Counter(zip(come_from[moves].tolist(), step[moves].tolist(), strict=True))
    count: Counter[Flow] = Counter()
    for (a, b), people in sorted(pairs.items()):
        count[ENTRY if a == _BEFORE_ALL else names[a], names[b]] += people
    ends = _ends(records, rows[last], client[last], names if merge else None)
    again = np.zeros(len(records.first), bool)
    again[records.client_of[records.columns["episode"] > 1]] = True
    count.update(_to_the_ends(step[last], ends, again[client[last]], names))
    lost = asked - len(ends)  # not offered anything from the first step on
    if lost:
        count[ENTRY, NOT_OFFERED] += lost
    return {flow: 100.0 * people / asked for flow, people in count.items()}


def _to_the_ends(
    step: NDArray[np.int64],
    end: NDArray[np.int64],
    again: NDArray[np.bool_],
    names: Sequence[str],
) -> dict[Flow, int]:
    """Count the moves from last steps to ends, and back from there, in the order of the clients.

    ``end`` are numbers in ENDS; ``again`` says who comes back.
    """
    ends, beyond = len(ENDS), len(ENDS) * len(names)
    moves = np.stack(
        [step * ends + end, np.where(again, beyond + end, _BEFORE_ALL)], axis=1
    ).ravel()
    codes, first, people = np.unique(
        moves[moves != _BEFORE_ALL], return_index=True, return_counts=True
    )
    count = {}
    for k in np.argsort(first).tolist():
        where, to = divmod(int(codes[k]), ends)
        back = codes[k] >= beyond
        flow = (ENDS[to], COMES_BACK) if back else (names[where], ENDS[to])
        count[flow] = int(people[k])
    return count


def _ends(
    records: Records,
    rows: NDArray[np.intp],
    client: NDArray[np.intp],
    phases: Sequence[str] | None,
) -> NDArray[np.int64]:
    """Return how the way of each client ended, read off its last row that counts: in ENDS."""
    visits = records.columns
    follows = np.zeros(len(rows), bool)
    if phases is not None:  # a completed visit with more to come was cut off: nothing was offered
        after = np.minimum(rows + 1, len(records.visits) - 1)
        follows = (
            (after > rows) & (records.client_of[after] == client) & (visits["episode"][after] == 1)
        )
    fate = visits["fate"][rows]
    passed = ((fate == COMPLETED) | (fate == MOVED)) & follows
    lost = (fate == MISSED) & (visits["ended"][rows] < 0)  # the place is still lost to the client
    ends = np.where(lost, ENDS.index(STILL_THERE), _END_OF[fate])
    return np.where(passed, ENDS.index(NOT_OFFERED), ends)
