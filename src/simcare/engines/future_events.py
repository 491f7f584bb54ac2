"""The future event list of the compiled engine: everybody's one coming event, the smallest first.

An event's ``due`` is its tick and its rank in one number, tick << 3 | rank. Its key is that and the
client in one number, due << 24 | who, with room for 2,000 years of seconds and 16 million clients.
Time up to the horizon is cut into buckets of equal length, a few events each. A later bucket only
lists, in no order, who has an event in it; the events of the bucket being played are a heap. So to
schedule takes the same time however many clients there are, and what takes time in a large run,
fetching a client's row from memory, is asked for all clients of a bucket at once.

Entries are only reminders: one counts while the client's own ``due`` is what it says. Who has been
given another event meanwhile, or none, has a stale entry, which is passed over.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simcare.kernels.compile import inlined_kernel, kernel
from simcare.kernels.prefetch import prefetch
from simcare.kernels.tables import NONE, Rows, Ticks

RANK_BITS = 3
RANK_MASK = (1 << RANK_BITS) - 1
WHO_BITS = 24
WHO_MASK = (1 << WHO_BITS) - 1
NOT_BEFORE_THE_HORIZON = 1 << 62  # the ``due`` of who has no event in this run
GONE = NONE  # the ``due`` of who is out for good

# A row of ``buckets`` is one line of a processor's cache: how many it names, the row that goes on
# with the same bucket (0: none), and the clients.
MANY, MORE, NAMES = 0, 1, 2
ROW = 16
ROOM = ROW - NAMES
PER_BUCKET = 4  # events expected: few go on in another row, and the heap stays small
EVENTS_EACH = 8  # that a client is expected to have; only the length of a bucket depends on it
FEWEST = 64
LINE_BYTES = 64
PENDING = 64  # events that are scheduled, and not yet named in their buckets

# Where a client stands: the coming event, where a new episode will begin, how the visit under way
# will end, and whether places are kept elsewhere.
STANDING = np.dtype(
    [
        ("due", "i8"),
        ("to", "i4"),
        ("fate", "i1"),
        ("keeps", "i1"),
    ],
    align=True,
)
# Keys in the heap; events pending; the bucket being played; rows of ``buckets`` in use; ticks in
# a bucket, as a power of two; where the rows of clients and buckets lie in memory, and how many
# bytes a client's takes.
LIST = np.dtype(
    [
        ("reminders", "i8"),
        ("pending", "i8"),
        ("bucket", "i8"),
        ("rows", "i8"),
        ("shift", "i8"),
        ("horizon", "i8"),
        ("clients_at", "i8"),
        ("stride", "i8"),
        ("buckets_at", "i8"),
    ],
    align=True,
)


class FutureEvents(NamedTuple):
    """The future event list: one LIST row, where clients stand, the buckets, and the heap.

    ``pending`` are clients whose bucket has been asked for from the memory and is not there yet.
    """

    at: Rows
    standings: Rows
    buckets: NDArray[np.int32]
    heap: Ticks
    pending: NDArray[np.int64]


def future_events(standings: Rows, horizon: int) -> FutureEvents:
    """Return an empty list for clients of whom nobody has come yet.

    Raises ValueError if a key would have no room for the last tick or the last client.
    """
    clients = len(standings)
    if horizon << RANK_BITS >= 1 << (63 - WHO_BITS) or clients > WHO_MASK:
        raise ValueError(
            f"no room for {clients} clients and {horizon} ticks in the key of an event"
        )
    wanted = max(FEWEST, clients * EVENTS_EACH // PER_BUCKET)
    shift = 0
    while horizon >> shift > wanted:
        shift += 1
    first_rows = (horizon >> shift) + 1
    at = np.zeros(1, LIST)
    at["shift"], at["horizon"], at["rows"] = shift, horizon, first_rows
    # Without stale entries buckets need at most clients / ROOM further rows; see make_room.
    further = 2 * (clients // ROOM) + 2 * PENDING
    buckets = np.zeros((first_rows + further, ROW), np.int32)
    at["clients_at"], at["stride"] = standings.ctypes.data, standings.strides[0]
    at["buckets_at"] = buckets.ctypes.data
    return FutureEvents(
        at=at,
        standings=standings,
        buckets=buckets,
        heap=np.empty(2 * clients + FEWEST, np.int64),
        pending=np.empty(PENDING, np.int64),
    )


@inlined_kernel
def push(heap: Ticks, many: int, key: int) -> None:
    """Add a key to a heap of ``many``, in which each has four below it, none of them smaller."""
    at = many
    while at > 0:
        parent = (at - 1) >> 2
        if heap[parent] <= key:
            break
        heap[at] = heap[parent]
        at = parent
    heap[at] = key


@inlined_kernel
def drop_first(heap: Ticks, many: int) -> None:
    """Take the first key off a heap of ``many``: the last one sinks from its place."""
    last = many - 1
    key = heap[last]
    at = 0
    while True:
        child = 4 * at + 1
        if child >= last:
            break
        least = child
        for other in range(child + 1, min(child + 4, last)):
            if heap[other] < heap[least]:
                least = other
        if key <= heap[least]:
            break
        heap[at] = heap[least]
        at = least
    heap[at] = key


@kernel
def drop_stale(events: FutureEvents) -> None:
    """Drop the stale keys of the heap: everybody has one at the most afterwards."""
    at, heap, standings = events.at[0], events.heap, events.standings
    many, at.reminders = at.reminders, 0
    for k in range(many):
        key = heap[k]
        standing = standings[key & WHO_MASK]
        if standing.due == key >> WHO_BITS:
            push(heap, at.reminders, key)
            at.reminders += 1
            standing.due = ~standing.due  # a second key for the same event counts as stale
    for k in range(at.reminders):
        standings[heap[k] & WHO_MASK].due = heap[k] >> WHO_BITS


@inlined_kernel
def note(events: FutureEvents, bucket: int, who: int) -> None:
    """Name a client in a bucket, in a further row if the first is full. There is room for one."""
    at, buckets = events.at[0], events.buckets
    many = buckets[bucket, MANY]
    if many == ROOM:
        # The full row moves behind; the bucket's own stays in its place.
        further = at.rows
        at.rows += 1
        for k in range(ROW):
            buckets[further, k] = buckets[bucket, k]
        buckets[bucket, MORE] = further
        many = 0
    buckets[bucket, NAMES + many] = who
    buckets[bucket, MANY] = many + 1


@kernel
def note_pending(events: FutureEvents) -> None:
    """Name the clients whose events are pending in the buckets of these events."""
    at = events.at[0]
    if at.rows + PENDING > len(events.buckets):
        make_room(events)
        at.pending = 0
        return
    for k in range(at.pending):
        who = events.pending[k]
        due = events.standings[who].due
        if GONE < due < NOT_BEFORE_THE_HORIZON:
            bucket = due >> RANK_BITS >> at.shift
            if bucket > at.bucket:
                note(events, bucket, who)
    at.pending = 0


@kernel
def make_room(events: FutureEvents) -> None:
    """List the coming events of the later buckets anew, without the stale ones: there is room."""
    at, buckets, standings = events.at[0], events.buckets, events.standings
    first_rows = (at.horizon >> at.shift) + 1
    buckets[at.bucket + 1 :, MANY : MORE + 1] = 0
    at.rows = first_rows
    for who in range(len(standings)):
        due = standings[who].due
        if GONE < due < NOT_BEFORE_THE_HORIZON:
            bucket = due >> RANK_BITS >> at.shift
            if bucket > at.bucket:
                note(events, bucket, who)


@inlined_kernel
def schedule(events: FutureEvents, who: int, tick: int, rank: int) -> None:
    """Give a client a coming event in place of any other."""
    at, standing = events.at[0], events.standings[who]
    if tick >= at.horizon:
        standing.due = NOT_BEFORE_THE_HORIZON
        return
    due, bucket = tick << RANK_BITS | rank, tick >> at.shift
    if bucket > at.bucket:
        if at.pending == PENDING:
            note_pending(events)
        standing.due = due
        prefetch(at.buckets_at + bucket * (4 * ROW))
        events.pending[at.pending] = who
        at.pending += 1
        return
    if at.reminders == len(events.heap):
        drop_stale(events)
    standing.due = due
    push(events.heap, at.reminders, due << WHO_BITS | who)
    at.reminders += 1


@inlined_kernel
def open_buckets(events: FutureEvents, upto: int) -> None:
    """Bring the next events that may be due before ``upto`` into the heap, if it is empty."""
    at, buckets = events.at[0], events.buckets
    last = at.horizon >> at.shift
    if at.reminders == 0 and at.pending > 0:
        note_pending(events)
    while (
        at.reminders == 0 and at.bucket < last and (at.bucket + 1) << (at.shift + RANK_BITS) <= upto
    ):
        at.bucket += 1
        row = at.bucket
        if row < last:
            call(events, row + 1)
        while True:
            for k in range(NAMES, NAMES + buckets[row, MANY]):
                who = int(buckets[row, k])
                due = events.standings[who].due
                if due >> RANK_BITS >> at.shift == at.bucket:
                    if at.reminders == len(events.heap):
                        drop_stale(events)
                    push(events.heap, at.reminders, due << WHO_BITS | who)
                    at.reminders += 1
            row = int(buckets[row, MORE])
            if row == 0:
                break


@inlined_kernel
def call(events: FutureEvents, row: int) -> None:
    """Ask the memory for the rows of the clients that a row of ``buckets`` names."""
    at, buckets = events.at[0], events.buckets
    for k in range(NAMES, NAMES + buckets[row, MANY]):
        address = at.clients_at + buckets[row, k] * at.stride
        for line in range(0, at.stride, LINE_BYTES):
            prefetch(address + line)
