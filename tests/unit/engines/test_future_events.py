"""The future event list gives every coming event once, the smallest (due, who) first."""

import numpy as np
import pytest

from simcare.config.limits import MOST_PEOPLE
from simcare.engines import future_events as fe
from simcare.engines.order import END, LEAVE
from simcare.kernels.compile import kernel
from simcare.kernels.tables import Rows, Ticks
from simcare.model.ticks import LONGEST_HORIZON_DAYS, ticks

EVENT = np.dtype([("due", "i8"), ("who", "i8")])
HORIZON = 100_000
UNTIL = HORIZON << fe.RANK_BITS


@kernel
def give(events: fe.FutureEvents, who: int, tick: int, rank: int) -> None:
    """Schedule from Python."""
    fe.schedule(events, who, tick, rank)


@kernel
def take(events: fe.FutureEvents, found: Rows, until: int, again: Ticks) -> int:
    """Take every event before ``until``; a client goes on to its next tick in ``again``, if any."""
    at, taken = events.at[0], 0
    while True:
        fe.open_buckets(events, until)
        if at.reminders == 0 or events.heap[0] >> fe.WHO_BITS >= until:
            return taken
        due, who = events.heap[0] >> fe.WHO_BITS, events.heap[0] & fe.WHO_MASK
        fe.drop_first(events.heap, at.reminders)
        at.reminders -= 1
        if events.standings[who].due == due:
            found[taken].due, found[taken].who = due, who
            taken += 1
            events.standings[who].due = fe.GONE
            if again[who] > 0:
                fe.schedule(events, who, (due >> fe.RANK_BITS) + again[who], END)
                again[who] = 0


def an_empty_list(clients: int, horizon: int = HORIZON) -> fe.FutureEvents:
    """Return the future events of so many clients, none of whom has one."""
    events = fe.future_events(np.zeros(clients, fe.STANDING), horizon)
    events.standings["due"] = fe.GONE
    return events


def taken(events: fe.FutureEvents, most: int, again: Ticks | None = None) -> list[tuple[int, int]]:
    """Return all events as (due, who) in the order in which they are taken."""
    found = np.zeros(most, EVENT)
    nothing = np.zeros(len(events.standings), np.int64)
    many = take(events, found, UNTIL, nothing if again is None else again)
    return [(int(due), int(who)) for due, who in found[:many]]


def due(tick: int, rank: int) -> int:
    """Return tick and rank in one number."""
    return tick << fe.RANK_BITS | rank


@pytest.mark.parametrize("clients", [1, 2, 30, 2_000])
@pytest.mark.parametrize("spread", [1, 10, HORIZON])
def test_everybody_in_order(clients: int, spread: int) -> None:
    """Hold that events come by tick, rank and client, also when nearly all are at one tick."""
    rng = np.random.default_rng(clients + spread)
    events, expected = an_empty_list(clients), []
    for who in rng.permutation(clients).tolist():
        tick, rank = int(rng.integers(spread)), int(rng.choice([END, LEAVE]))
        give(events, who, tick, rank)
        expected.append((due(tick, rank), who))
    assert taken(events, clients) == sorted(expected)


@pytest.mark.parametrize("spread", [50, HORIZON])
def test_only_the_last_event_given_counts(spread: int) -> None:
    """Hold that who is given one event after another has the last alone, however many there were.

    The stale ones are more than the heap and the buckets have room for.
    """
    rng = np.random.default_rng(spread)
    clients, times = 20, 400
    events, last = an_empty_list(clients), {}
    for _ in range(times):
        for who in range(clients):
            tick = int(rng.integers(spread))
            give(events, who, tick, END)
            last[who] = (due(tick, END), who)
    assert times * clients > len(events.heap) + events.buckets.size
    assert taken(events, clients) == sorted(last.values())


def test_the_same_event_given_again_comes_once() -> None:
    """Hold that giving the event that a client has already changes nothing."""
    events = an_empty_list(3)
    for _ in range(500):
        give(events, 1, 7, LEAVE)
    assert taken(events, 500) == [(due(7, LEAVE), 1)]


def test_events_given_while_events_are_taken() -> None:
    """Hold that a client's next event, soon or late, finds its place."""
    rng = np.random.default_rng(5)
    clients = 500
    first = rng.integers(0, HORIZON // 2, clients)
    step = rng.integers(1, HORIZON // 2, clients)
    step[::2] = 1
    events, expected = an_empty_list(clients), []
    for who in range(clients):
        give(events, who, int(first[who]), END)
        for tick in (int(first[who]), int(first[who] + step[who])):
            expected.append((due(tick, END), who))
    assert taken(events, 2 * clients, step.astype(np.int64)) == sorted(expected)


def test_nothing_from_the_horizon_on() -> None:
    """Hold that what is due at the horizon or later never comes."""
    events = an_empty_list(3)
    give(events, 0, HORIZON - 1, END)
    give(events, 1, HORIZON, END)
    give(events, 2, 1 << 60, LEAVE)
    assert taken(events, 3) == [(due(HORIZON - 1, END), 0)]


def test_a_key_has_room_for_the_last_tick_of_the_longest_horizon_and_the_last_client() -> None:
    """Hold that the largest key is below 2^63, and gives back what it was made of."""
    largest, who = due(ticks(LONGEST_HORIZON_DAYS), LEAVE), fe.WHO_MASK
    key = largest << fe.WHO_BITS | who
    assert key < 2**63
    assert (key >> fe.WHO_BITS, key & fe.WHO_MASK) == (largest, who)
    assert fe.WHO_MASK > 1.5 * MOST_PEOPLE


def test_a_horizon_that_has_no_room_in_a_key_is_refused() -> None:
    """Hold that longer than the longest horizon is refused, not played wrongly."""
    longest = ticks(LONGEST_HORIZON_DAYS)
    assert an_empty_list(1, horizon=longest).at["horizon"] == longest
    with pytest.raises(ValueError, match="no room"):
        an_empty_list(1, horizon=2 * longest)


def test_a_horizon_of_one_tick() -> None:
    """Hold that a list may be as short as a tick."""
    events = an_empty_list(2, horizon=1)
    give(events, 1, 0, END)
    give(events, 0, 0, LEAVE)
    assert taken(events, 2) == [(due(0, END), 1), (due(0, LEAVE), 0)]
