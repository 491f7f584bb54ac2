"""Event logs in the formats of other tools, made piece by piece.

bupaR (R) and vidigi (Python) read CSV tables of theirs, process-mining tools XES (IEEE 1849).
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np

from simcare.analysis.event_log import (
    ABORT,
    ARRIVAL,
    COMPLETE,
    DEPART,
    STEP,
    TRANSITIONS,
    USE,
    USE_END,
    WAIT,
    WITHDRAW,
    Ints,
    VisitRows,
    movements,
    place_numbers,
    transitions,
)
from simcare.analysis.spreadsheet import defused
from simcare.kernels.tables import FATES
from simcare.store.visit_rows import Visits

TICKS_PER_MINUTE = 60
EVENTS_AT_ONCE = 200_000
ENDS = (COMPLETE, ABORT, WITHDRAW)
BUPAR = (
    "case_id", "activity", "activity_instance_id", "lifecycle", "timestamp", "resource", "fate",
    "episode",
)  # fmt: skip
VIDIGI = (
    "entity_id", "pathway", "event_type", "event", "time", "resource_id", "client", "run_number",
)  # fmt: skip
# The type of each event of vidigi, and what its name is: of some it is given, of others the stage
# and what happens there.
ARRIVAL_DEPARTURE, QUEUE = "arrival_departure", "queue"
_MOVEMENTS = {
    ARRIVAL: (ARRIVAL_DEPARTURE, "arrival"),
    WAIT: (QUEUE, "{stage}_wait_begins"),
    STEP: (QUEUE, "{stage}_begins"),
    USE: ("resource_use", "{stage}_begins"),
    USE_END: ("resource_use_end", "{stage}_ends"),
    DEPART: (ARRIVAL_DEPARTURE, "depart"),
}
_EXTENSIONS = (
    ("Concept", "concept"),
    ("Lifecycle", "lifecycle"),
    ("Organizational", "org"),
    ("Time", "time"),
)


@dataclass(frozen=True)
class Logged:
    """A replication whose events are told: its visits, and what a reader of the log needs to know.

    ``capacities`` maps each stage to what it asks for, "" where it asks for nothing; ``start`` is
    the first day, at whose midnight the clock begins. The others are said in the log itself.
    """

    visits: Visits
    capacities: dict[str, str]
    start: date
    question: str
    case: str
    policy: str
    replication: int

    @property
    def asks(self) -> list[bool]:
        """Whether each stage asks for a place, by its number."""
        return [bool(self.capacities.get(stage)) for stage in self.visits.stages]

    def moments(self, ticks: Ints) -> list[str]:
        """Return ticks as dates with the time of day, such as 2017-01-02T08:30:00."""
        begin = np.datetime64(self.start, "s")
        return [*map(str, np.datetime_as_string(begin + ticks.astype("m8[s]"), unit="s"))]


Format = Callable[[Logged], Iterator[bytes]]


# --- CSV ---------------------------------------------------------------------------------------


def bupar(logged: Logged) -> Iterator[bytes]:
    """Yield the table of events that bupaR's ``eventlog()`` takes, client after client.

    A stay is completed whatever ended it, so that its length is known; ``fate`` says what did.
    """
    yield _csv([BUPAR])
    stages, streams, resources = _names(logged)
    for rows in logged.visits.pieces():
        events = transitions(rows, logged.asks)
        told = zip(
            *_of_visits(events.visits, rows.streams, rows.numbers, rows.stages, rows.episodes),
            rows.fates[events.visits].tolist(),
            (events.visits + rows.first + 1).tolist(),
            events.kinds.tolist(),
            logged.moments(events.ticks),
            strict=True,
        )
        yield _csv(
            (
                f"{streams[stream]}:{number}",
                stages[stage],
                visit,
                TRANSITIONS[COMPLETE if kind == ABORT else kind],
                moment.replace("T", " "),
                resources[stage],
                FATES[fate] if kind in ENDS else "",
                episode,
            )
            for stream, number, stage, episode, fate, visit, kind, moment in told
        )


def vidigi(logged: Logged) -> Iterator[bytes]:
    """Yield the table of events that vidigi animates, in the order of time; times are in minutes.

    Some 90 bytes of each visit are in memory, since places are dealt out in the order of time.
    """
    yield _csv([VIDIGI])
    if not logged.visits.rows:
        return
    rows, asks = logged.visits.whole(), logged.asks
    places = place_numbers(rows, _pools(logged))
    stages, streams, _ = _names(logged)
    kinds = {kind: (of, [name.format(stage=stage) for stage in stages])
             for kind, (of, name) in _MOVEMENTS.items()}  # fmt: skip
    for since, until in _windows(rows):
        events = movements(rows, asks, since, until)
        mine = _of_visits(events.visits, rows.clients, rows.streams, rows.numbers, rows.stages)
        seats = places[events.visits].tolist()
        told = zip(*mine, seats, events.kinds.tolist(), events.ticks.tolist(), strict=True)
        yield _csv(
            (
                client,
                streams[stream],
                kinds[kind][0],
                kinds[kind][1][stage],
                f"{tick / TICKS_PER_MINUTE:.10g}",
                place if kind in (USE, USE_END) else "",
                f"{streams[stream]}:{number}",
                logged.replication,
            )
            for client, stream, number, stage, place, kind, tick in told
        )


def _csv(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _names(logged: Logged) -> tuple[list[str], list[str], list[str]]:
    """Return what stages, streams, and the resources of stages are called in cells."""
    stages = logged.visits.stages
    resources = [logged.capacities.get(stage, "") for stage in stages]
    stages_, streams, resources_ = (
        [*map(defused, names)] for names in (stages, logged.visits.streams, resources)
    )
    return stages_, streams, resources_


def _of_visits(visits: Ints, *columns: Ints) -> list[list[Any]]:
    """Return for each event what is so of its visit."""
    return [column[visits].tolist() for column in columns]


def _pools(logged: Logged) -> list[int | None]:
    """Return a number for what each stage asks for, None where it asks for nothing."""
    asked = [logged.capacities.get(stage, "") for stage in logged.visits.stages]
    numbers = {name: number for number, name in enumerate(sorted({*asked} - {""}))}
    return [numbers.get(name) for name in asked]


def _windows(rows: VisitRows) -> Iterator[tuple[int, int]]:
    """Yield stretches of time, from tick to tick, in each of which there are not too many events.

    People come all the time, so that equal stretches have about as many.
    """
    ticks = (rows.queued, rows.started, rows.ended)
    first = int(rows.queued.min())
    last = max(int(each.max()) for each in ticks) + 1
    step = max((last - first) * EVENTS_AT_ONCE // (len(_MOVEMENTS) * len(rows)), 1)
    for since in count(first, step):
        if since >= last:
            return
        yield since, min(since + step, last)


# --- XES ---------------------------------------------------------------------------------------


def xes(logged: Logged) -> Iterator[bytes]:
    """Yield an XES log: a trace for each client, with the events in the order of time."""
    yield _xes_head(logged).encode()
    stages = [_string("concept:name", stage) for stage in logged.visits.stages]
    resources = [
        _string("org:resource", name) if name else ""
        for name in (logged.capacities.get(stage, "") for stage in logged.visits.stages)
    ]
    kinds = [_string("lifecycle:transition", name) for name in TRANSITIONS]
    fates = [_string("fate", name) for name in FATES]
    open_trace = False
    for rows in logged.visits.pieces():
        events = transitions(rows, logged.asks)
        told = zip(
            *_of_visits(events.visits, rows.clients, rows.streams, rows.numbers, rows.episodes),
            *_of_visits(events.visits, rows.stages, rows.fates),
            (events.visits + rows.first + 1).tolist(),
            events.kinds.tolist(),
            logged.moments(events.ticks),
            strict=True,
        )
        text, before = [], None
        for client, stream, number, episode, stage, fate, visit, kind, moment in told:
            if client != before:
                text.append("\t</trace>\n" if open_trace else "")
                name = _string("concept:name", f"{logged.visits.streams[stream]}:{number}")
                text.append(f"\t<trace>\n\t\t{name}\n")
                before, open_trace = client, True
            text.append(
                f"\t\t<event>{stages[stage]}{_string('concept:instance', visit)}{kinds[kind]}"
                f'<date key="time:timestamp" value="{moment}.000+00:00"/>{resources[stage]}'
                f'<int key="episode" value="{episode}"/>{fates[fate] if kind in ENDS else ""}'
                "</event>\n"
            )
        yield "".join(text).encode()
    yield ("\t</trace>\n</log>\n" if open_trace else "</log>\n").encode()


def _xes_head(logged: Logged) -> str:
    """Return what comes before the traces: extensions, what all events have, what the log is of."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">',
        *(
            f'\t<extension name="{name}" prefix="{prefix}" '
            f'uri="http://www.xes-standard.org/{prefix}.xesext"/>'
            for name, prefix in _EXTENSIONS
        ),
        '\t<global scope="trace"><string key="concept:name" value=""/></global>',
        '\t<global scope="event"><string key="concept:name" value=""/>'
        '<string key="concept:instance" value=""/>'
        '<string key="lifecycle:transition" value="complete"/>'
        '<date key="time:timestamp" value="1970-01-01T00:00:00.000+00:00"/>'
        '<int key="episode" value="1"/></global>',
        '\t<classifier name="Activity" scope="event" keys="concept:name"/>',
        '\t<classifier name="ActivityAndTransition" scope="event" '
        'keys="concept:name lifecycle:transition"/>',
        f"\t{_string('concept:name', logged.question)}",
        f"\t{_string('lifecycle:model', 'standard')}",
        f"\t{_string('case', logged.case)}",
        f"\t{_string('policy', logged.policy)}",
        f'\t<int key="replication" value="{logged.replication}"/>',
    ]
    return "\n".join(lines) + "\n"


def _string(key: str, value: object) -> str:
    """Return a text as an attribute in XES."""
    return f'<string key="{key}" value={quoteattr(str(value))}/>'


FORMATS: dict[str, Format] = {"vidigi": vidigi, "bupar": bupar, "xes": xes}
