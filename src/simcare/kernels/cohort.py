"""All clients of a replication: when they come, by which way, and with what attributes.

Arrivals depend on nothing that happens in the service, so the cohort is made once and given to
every engine. A client is (arrival stream, number in it); another stream moves nobody.
"""

import numpy as np

from simcare.kernels.compile import allocating_kernel, inlined_kernel, kernel
from simcare.kernels.draws import ARRIVAL, ATTRIBUTE, WAY_IN, uniform
from simcare.kernels.laws import draw, is_certain, unit_threshold
from simcare.kernels.prefetch import prefetch
from simcare.kernels.tables import (
    NEVER,
    NONE,
    VISIT,
    Arrivals,
    Floats,
    Row,
    Rows,
    Tables,
    Ticks,
    Words,
)

AHEAD = 16  # visits
VISIT_BYTES = VISIT.itemsize


@allocating_kernel
def arrival_ticks(key: Words, word: int, expected: Floats, step: int, horizon: int) -> Ticks:
    """Return the ticks at which the clients of one stream come, rising, all below ``horizon``.

    A Poisson process whose rate changes every ``step`` ticks: unit-exponential distances along
    ``expected``, the arrivals expected by the end of each step (from 0), inverted by straight
    lines.
    """
    ticks = np.empty(64, np.int64)
    n, at, sum_ = 0, 1, 0.0
    while True:
        client = (np.uint64(word) << np.uint64(32)) | np.uint64(n)
        sum_ += unit_threshold(uniform(key[0], key[1], client, 0, 0, 0, ARRIVAL))
        while at < len(expected) and expected[at] <= sum_:
            at += 1
        if at >= len(expected):
            return ticks[:n]
        share = (sum_ - expected[at - 1]) / (expected[at] - expected[at - 1])
        tick = int((at - 1 + share) * step)
        if tick >= horizon:
            return ticks[:n]
        if n == len(ticks):
            longer = np.empty(2 * n, np.int64)
            longer[:n] = ticks
            ticks = longer
        ticks[n] = tick
        n += 1


@inlined_kernel
def is_set(arrivals: Arrivals, stream: int, column: int, traits: Floats) -> bool:
    """Fill in an attribute that a stream sets for all of its people; return whether it does."""
    found = False
    if stream != NONE:
        first = arrivals.streams[stream].sets_first
        for row in range(first, first + arrivals.streams[stream].sets_many):
            if arrivals.settings[row].column == column:
                traits[column] = arrivals.settings[row].value
                found = True
    return found


@inlined_kernel
def way_in(arrivals: Arrivals, key: Words, client: int, stream: int) -> int:
    """Return the stage where a client enters, by the shares of the stream or of the service."""
    first, many = 0, arrivals.own_ways
    if stream != NONE:
        first, many = arrivals.streams[stream].ways_first, arrivals.streams[stream].ways_many
    k, last = first, first + many - 1
    if last > first:
        u = uniform(key[0], key[1], client, 0, 0, 0, WAY_IN)
        while k < last and u >= arrivals.ways_in[k].upto:
            k += 1
    return int(arrivals.ways_in[k].stage)


@inlined_kernel
def drawn_attribute(
    tables: Tables, attribute: Row, key: Words, client: int, traits: Floats
) -> float:
    """Return one attribute of a client, whose attributes before it are known."""
    law = attribute.first_law
    if attribute.given != NONE:
        law += int(traits[attribute.given])
    if is_certain(tables.laws[law]):
        return float(tables.laws[law].a)
    u = uniform(key[0], key[1], client, 0, attribute.word, 0, ATTRIBUTE)
    return draw(tables.laws, tables.points, law, u)


@inlined_kernel
def describe(
    tables: Tables, arrivals: Arrivals, key: Words, client: int, stream: int, traits: Floats
) -> int:
    """Fill in one client's attributes, in order, and return the stage where the client enters.

    What the stream sets is not drawn, and the attributes that depend on it follow it.
    """
    for k in range(len(arrivals.attributes)):
        attribute = arrivals.attributes[k]
        if is_set(arrivals, stream, attribute.column, traits):
            continue
        traits[attribute.column] = drawn_attribute(tables, attribute, key, client, traits)
    return way_in(arrivals, key, client, stream)


@inlined_kernel
def stream_of(arrivals: Arrivals, client: int, last: int) -> int:
    """Return the number of a client's stream, NONE if it is none of these; ``last`` is tried first.

    People who were there before the run began belong to no stream.
    """
    word = np.uint64(client) >> np.uint64(32)
    if last != NONE and arrivals.streams[last].word == word:
        return last
    for s in range(len(arrivals.streams)):
        if arrivals.streams[s].word == word:
            return s
    return NONE


@allocating_kernel
def gather(key: Words, arrivals: Arrivals, horizon: int) -> tuple[Ticks, Words]:
    """Return (ticks, ids) of all streams' clients, ordered by tick, then id."""
    streams = len(arrivals.streams)
    parts = [
        arrival_ticks(
            key,
            arrivals.streams[s].word,
            arrivals.expected[
                arrivals.streams[s].first : arrivals.streams[s].first + arrivals.streams[s].many
            ],
            arrivals.streams[s].step,
            horizon,
        )
        for s in range(streams)
    ]
    total = 0
    for part in parts:
        total += len(part)
    ticks, ids = np.empty(total, np.int64), np.empty(total, np.uint64)
    next_of = np.zeros(streams, np.int64)
    for at in range(total):
        first, tick, client = 0, NEVER, np.uint64(0)
        for s in range(streams):
            n = next_of[s]
            if n == len(parts[s]) or parts[s][n] > tick:
                continue
            other = (np.uint64(arrivals.streams[s].word) << np.uint64(32)) | np.uint64(n)
            if parts[s][n] < tick or other < client:
                first, tick, client = s, parts[s][n], other
        ticks[at], ids[at] = tick, client
        next_of[first] += 1
    return ticks, ids


@kernel
def order_by_client(visits: Rows, starts: Ticks, ordered: Rows) -> int:
    """Copy visits ordered by client, else as they are; return the largest number in any of them.

    ``starts`` has a zero for each client and one more. What takes time is to fetch the places where
    visits go, so they are asked for a few visits ahead.
    """
    most, last, at = 0, len(visits) - 1, ordered.ctypes.data
    for row in range(len(visits)):
        visit = visits[row]
        starts[visit.client + 1] += 1
        most = max(most, visit.n, visit.episode)
    for who in range(1, len(starts)):
        starts[who] += starts[who - 1]
    for row in range(len(visits)):
        prefetch(at + starts[visits[min(row + AHEAD, last)].client] * VISIT_BYTES)
        who = visits[row].client
        ordered[starts[who]] = visits[row]
        starts[who] += 1
    return most


@kernel
def make_cohort(
    tables: Tables,
    arrivals: Arrivals,
    key: Words,
    clients: Rows,
    traits: Floats,
    ticks: Ticks,
    ids: Words,
) -> None:
    """Fill in ``clients`` and ``traits`` for the arrivals at ``ticks`` with ``ids``."""
    stream = NONE
    for who in range(len(ticks)):
        clients[who].id, clients[who].arrival = ids[who], ticks[who]
        clients[who].episode = 0
        stream = stream_of(arrivals, ids[who], stream)
        clients[who].entry = describe(tables, arrivals, key, ids[who], stream, traits[who])
