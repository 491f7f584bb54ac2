"""The compiled engine: the visits of the reference engine, from an event loop over arrays."""

import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simcare.engines.cohort import Left, Passed, Visits, by_client, make_people, unheard
from simcare.engines.future_events import LINE_BYTES, STANDING, future_events
from simcare.engines.loop import advance, write_unfinished
from simcare.engines.program import Program
from simcare.engines.staffing import changes_of
from simcare.engines.world import COUNTS, LINK, TURN, WAIT, World
from simcare.kernels.tables import NEVER, NONE, VISIT, People

Column = tuple[np.dtype[Any], tuple[int, ...]]
TELL_EVERY = 20_000  # clients who come, about: then it is told how much time has passed
MOST_KEPT_BYTES = 128_000_000
VISITS_EACH = 8  # that a client is expected to make; when they make more, room is made


@lru_cache
def _row(columns: tuple[tuple[str, Column], ...]) -> np.dtype[np.void]:
    """Return how these lie in a row of whole lines of the processor's cache."""
    row = np.dtype([(name, *column) for name, column in columns], align=True)
    fields: Mapping[str, Any] = row.fields or {}
    return np.dtype(
        {
            "names": list(fields),
            "formats": [kind for kind, *_ in fields.values()],
            "offsets": [offset for _, offset, *_ in fields.values()],
            "itemsize": -(-row.itemsize // LINE_BYTES) * LINE_BYTES,
        }
    )


def side_by_side(length: int, columns: Mapping[str, Column]) -> dict[str, NDArray[Any]]:
    """Return arrays of zeros in which all that is in one row lies together.

    An event looks at one client; in a large replication what it takes is the time to fetch that
    client from memory. So a row takes whole lines of the processor's cache, and begins with one.
    """
    row = _row(tuple(columns.items()))
    memory = np.zeros(length * row.itemsize + LINE_BYTES, np.uint8)
    rows = np.ndarray(length, row, memory, -memory.ctypes.data % LINE_BYTES)
    return {name: rows[name] for name in columns}


def open_world(program: Program, cohort: People) -> World:
    """Return a service before the first tick: nobody has come and nothing is busy."""
    clients = len(cohort.clients)
    first = program.first_places()
    apart = ("key", "due", "present", "units", "aside")  # not a row for every client
    people = {name: array for name, array in cohort._asdict().items() if name not in apart}
    own = side_by_side(
        clients,
        {
            "standings": (STANDING, ()),
            **{name: (array.dtype, array.shape[1:]) for name, array in people.items()},
            "links": (LINK, first.shape[1:]),
            "visits": (VISIT, ()),
        },
    )
    for name, array in people.items():
        own[name][...] = array
    stages, orders = program.tables.stages, program.orders()
    holds, ordered = bool(stages["hold"].any()), bool((orders != NONE).any())
    reviewed = bool((stages["review_after"] != NEVER).any())
    places = program.at_first()
    return World(
        tables=program.tables,
        people=People(
            key=cohort.key,
            due=cohort.due,
            present=cohort.present.copy(),
            units=cohort.units,
            aside=cohort.aside,
            **{name: own[name] for name in people},
        ),
        events=future_events(own["standings"], program.horizon),
        visits=own["visits"],
        kept=np.zeros(clients if holds else 1, VISIT),
        links=own["links"],
        turns=np.zeros((clients if ordered else 1, first.shape[1]), TURN),
        waits=np.zeros(clients if reviewed else 1, WAIT),
        places=places,
        freed=np.zeros(len(places), np.int64),
        first_place=first,
        orders=orders,
        changes=changes_of(program, cohort.key),
        counts=np.zeros(1, COUNTS),
    )


class _Written(threading.local):
    """Where a thread's replications write their visits, one after the other.

    Fresh memory costs more than what is done with it, since the system clears it first.
    """

    def __init__(self) -> None:
        self.out: Visits = np.empty(0, VISIT)

    def room(self, length: int) -> Visits:
        """Return room for so many visits, what was written before still in it."""
        if length > len(self.out):
            longer = np.empty(max(length, 2 * len(self.out)), VISIT)
            longer[: len(self.out)] = self.out
            self.out = longer
        return self.out

    def forget(self) -> None:
        """Let go of more memory than a thread should keep from one replication to the next."""
        if self.out.nbytes > MOST_KEPT_BYTES:
            self.out = np.empty(0, VISIT)


_WRITTEN = _Written()


def simulate(
    program: Program,
    seed: int,
    replication: int,
    passed: Passed = unheard,
    left: Left | None = None,
) -> Visits:
    """Return the visits of one replication: VISIT rows ordered by client, then in their order.

    Every client who came has at least one row, those still waiting or staying at the horizon too.
    ``passed`` is told every now and then what share of the time has passed; ``left`` is handed the
    visits, and the clients as they are when the time is over.
    """
    return play(program, make_people(program, seed, replication), passed, left)


def play(
    program: Program, people: People, passed: Passed = unheard, left: Left | None = None
) -> Visits:
    """Return the visits of these clients, as :func:`simulate` does."""
    clients = len(people.clients)
    world = open_world(program, people)
    del people  # copied; with a million clients a hundred megabytes
    out = _WRITTEN.room(VISITS_EACH * clients + 64)
    parts = 1 + clients // TELL_EVERY
    for part in range(1, parts + 1):
        while not advance(world, out, program.horizon * part // parts):
            out = _WRITTEN.room(2 * len(out))
        passed(part / parts)
    counts = world.counts[0]
    out = _WRITTEN.room(int(counts["written"] + counts["kept"] + counts["come"]))
    write_unfinished(world, out)
    written = int(counts["written"])
    at_last = world.people if left else None
    del world, counts  # before room is needed for the visits in order
    visits = by_client(out[:written], clients)
    if left and at_last:
        left(visits, at_last)
    _WRITTEN.forget()
    return visits
