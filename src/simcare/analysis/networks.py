"""Exact results for services of several stages: what goes on, comes back, waits held, flows over.

Times are in the caller's unit and rates per that unit; arguments and attributes whose name ends
in `_time` are such times. Arrivals are Poisson and stays exponential. Every result is a long-run
(steady-state) average.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simcare.analysis.chains import Blocks, drift, level_chain, stationary
from simcare.analysis.theory import (
    MultiServerQueue,
    multi_server_queue,
    positive,
    whole,
)

FloatArray = NDArray[np.float64]


class Station(NamedTuple):
    """A stage: how many can be served at a time, 1 or more, and the mean of a stay, above 0."""

    servers: int
    mean_service_time: float


@dataclass(frozen=True)
class HeldTandem:
    """Steady state of two stages, the first place being held until the second is free.

    Attributes:
        wait_probability: share of arrivals that have to wait for the first stage.
        mean_wait_time: mean wait of all arrivals for the first stage.
        mean_queue: mean number waiting for the first stage.
        mean_held: mean number of places of the first stage that are held by people who wait for
            the second.
        any_held_probability: share of time in which at least one place is held.
        held_probability: share of those going on who have to wait for it.
        mean_held_time: mean wait of all who go on, for the second stage.
        onward_rate: people who go on to the second stage, per unit of time.
    """

    wait_probability: float
    mean_wait_time: float
    mean_queue: float
    mean_held: float
    any_held_probability: float
    held_probability: float
    mean_held_time: float
    onward_rate: float


@dataclass(frozen=True)
class OverflowQueue:
    """Steady state of a list that flows over to another (see `overflow_queue`).

    Attributes:
        overflow_probability: share of arrivals who go to the second station.
        mean_queue: mean number waiting for the first station.
        mean_wait_time: mean wait there of those who join it.
        second_mean_queue: mean number waiting for the second station.
        second_mean_wait_time: mean wait there of those who join it.
        second_occupancy: mean share of the second station's servers that are busy.
        lost_probability: share of those who come to the second station that find no room there.
    """

    overflow_probability: float
    mean_queue: float
    mean_wait_time: float
    second_mean_queue: float
    second_mean_wait_time: float
    second_occupancy: float
    lost_probability: float


def traffic_rates(outside_rates: ArrayLike, routing: ArrayLike) -> FloatArray:
    """Return how many come to each stage of an open network, those coming back included.

    The rates r with r = outside + r P.

    Args:
        outside_rates: float64 (stages,), arrivals from outside, 0 or more.
        routing: float64 (stages, stages), P: the share of those who leave a stage (row) that
            goes to each other stage, itself included; a row sums to at most 1, the rest is out.

    Returns:
        float64 (stages,), per unit of time.

    Raises:
        ValueError: the arguments are not such arrays, or somebody never gets out.
    """
    outside = np.asarray(outside_rates, dtype=np.float64)
    shares = np.asarray(routing, dtype=np.float64)
    if outside.ndim != 1 or shares.shape != (len(outside), len(outside)):
        raise ValueError(
            f"outside_rates has the shape {outside.shape} and routing {shares.shape}; "
            "(stages,) and (stages, stages) are required"
        )
    if not (np.isfinite(outside).all() and (outside >= 0).all()):
        raise ValueError("outside_rates must be finite and 0 or more")
    if not ((shares >= 0).all() and (shares.sum(axis=1) <= 1 + 1e-12).all()):
        raise ValueError("routing must hold shares, each row summing to at most 1")
    if np.abs(np.linalg.eigvals(shares)).max(initial=0.0) >= 1 - 1e-12:
        raise ValueError("routing leads round without end: some way out is required")
    return np.asarray(np.linalg.solve(np.eye(len(outside)) - shares.T, outside))


def jackson_network(
    outside_rates: ArrayLike, routing: ArrayLike, stations: Sequence[Station]
) -> tuple[MultiServerQueue, ...]:
    """Return the steady state of each station of an open network with re-entry.

    In the long run the stations stand as if each had Poisson arrivals at its rate of traffic
    and were by itself, though with re-entry its arrivals are not Poisson (Jackson 1957,
    Operations Research 5:518-521); those who come find the network as it is over time (Sevcik and
    Mitrani 1981, Journal of the ACM 28:358-371). So every station is an M/M/c.

    Args:
        outside_rates, routing: as in `traffic_rates`.
        stations: one for each stage.

    Raises:
        ValueError: an argument is outside the values allowed, or a station is overloaded.
    """
    rates = traffic_rates(outside_rates, routing)
    if len(stations) != len(rates):
        raise ValueError(f"there are {len(stations)} stations for {len(rates)} stages")
    return tuple(
        multi_server_queue(float(rate), station.mean_service_time, station.servers)
        for rate, station in zip(rates, stations, strict=True)
    )


def held_tandem(
    arrival_rate: float, first: Station, second: Station, share_onward: float
) -> HeldTandem:
    """Return the steady state of two stages in which the first place is held: blocking.

    Who has finished the first stage goes on with probability `share_onward`, else out; who goes
    on and finds no place free stays where it is, and its place serves nobody else. Those who are
    served in the second stage are never turned away (blocking after service).

    A chain solved exactly (`level_chain`): its level is the number waiting for or served in the
    first stage, its phase the number who have finished that and not yet the second.

    Args:
        arrival_rate: above 0, below `held_tandem_capacity`.
        first, second: the stations.
        share_onward: above 0, at most 1.

    Raises:
        ValueError: an argument is outside the values allowed, or the first list grows without
            end.
    """
    positive("arrival_rate", arrival_rate)
    capacity = held_tandem_capacity(first, second, share_onward)
    if arrival_rate >= capacity:
        raise ValueError(
            f"arrival_rate is {arrival_rate}; it must be below {capacity:g}, the most that the "
            "first stage can serve with places held, or its list grows without end"
        )
    blocks = [
        _tandem_level(arrival_rate, level, first, second, share_onward)
        for level in range(first.servers + 1)
    ]
    chain = level_chain(blocks)
    onward = np.arange(first.servers + second.servers + 1)
    held = np.maximum(onward - second.servers, 0)
    there = arrival_rate * first.mean_service_time
    queue = chain.mean_level - there
    busy_or_held = np.arange(first.servers)[:, None] + held
    free = float(chain.levels[:-1][busy_or_held < first.servers].sum())
    # Whoever goes on has just been served: phases count by how many are.
    served = _served_by_phase(chain.levels, chain.phases, first, held)
    waits = float(served[onward >= second.servers].sum() / served.sum())
    mean_held = float(chain.phases @ held)
    rate = arrival_rate * share_onward
    return HeldTandem(
        wait_probability=1 - free,
        mean_wait_time=queue / arrival_rate,
        mean_queue=queue,
        mean_held=mean_held,
        any_held_probability=float(chain.phases[held > 0].sum()),
        held_probability=waits,
        mean_held_time=mean_held / rate,
        onward_rate=rate,
    )


def held_tandem_capacity(first: Station, second: Station, share_onward: float) -> float:
    """Return the arrivals that two stages with a held first place can serve at most, per time.

    It is how many finish the first stage while somebody always waits for it.

    Raises:
        ValueError: an argument is outside the values allowed.
    """
    for name, station in (("first", first), ("second", second)):
        _station(name, station)
    positive("share_onward", share_onward)
    if share_onward > 1:
        raise ValueError(f"share_onward is {share_onward}; it must be at most 1")
    block = _tandem_level(1.0, first.servers, first, second, share_onward)
    return drift(block)[1]


def overflow_queue(
    arrival_rate: float,
    first: Station,
    most_waiting: int,
    second: Station,
    second_most_waiting: int | None = None,
) -> OverflowQueue:
    """Return the steady state of a list of at most so many; who finds it full goes elsewhere.

    What flows over comes in bursts, not as a Poisson process, so the second station is not an
    M/M/c: the two are one chain. Its level is the number at the second station, its phase that
    at the first.

    Args:
        arrival_rate: above 0.
        first, second: the stations.
        most_waiting: how many may wait for the first station, 0 or more.
        second_most_waiting: the same of the second, where whoever finds no room is lost; None:
            without end.

    Raises:
        ValueError: an argument is outside the values allowed, or the second list grows without
            end.
    """
    positive("arrival_rate", arrival_rate)
    _station("first", first)
    _station("second", second)
    whole("most_waiting", most_waiting, 0)
    if second_most_waiting is None:
        levels = [
            _overflow_level(arrival_rate, k, first, most_waiting, second)
            for k in range(second.servers + 1)
        ]
        chain = level_chain(levels)
        phases, below, lost = chain.phases, chain.levels[:-1].sum(axis=1), 0.0
        busy = second.servers - float((second.servers - np.arange(second.servers)) @ below)
        second_queue = chain.mean_level - busy
    else:
        whole("second_most_waiting", second_most_waiting, 0)
        room = second.servers + second_most_waiting
        levels = [
            _overflow_level(arrival_rate, k, first, most_waiting, second) for k in range(room + 1)
        ]
        states = _finite(levels)
        phases, number = states.sum(axis=0), np.arange(room + 1)
        lost = float(states[-1, -1] / phases[-1])
        busy = float(np.minimum(number, second.servers) @ states.sum(axis=1))
        second_queue = float(np.maximum(number - second.servers, 0) @ states.sum(axis=1))
    overflow = float(phases[-1])
    queue = float(np.maximum(np.arange(len(phases)) - first.servers, 0) @ phases)
    return OverflowQueue(
        overflow_probability=overflow,
        mean_queue=queue,
        mean_wait_time=queue / (arrival_rate * (1 - overflow)),
        second_mean_queue=second_queue,
        second_mean_wait_time=second_queue / (arrival_rate * overflow * (1 - lost)),
        second_occupancy=busy / second.servers,
        lost_probability=lost,
    )


def _station(name: str, station: Station) -> None:
    """Refuse a station that is none."""
    whole(f"{name}.servers", station.servers, 1)
    positive(f"{name}.mean_service_time", station.mean_service_time)


def _tandem_level(rate: float, level: int, first: Station, second: Station, share: float) -> Blocks:
    """Return the rates with so many in the first stage whose treatment is not over."""
    onward = np.arange(first.servers + second.servers + 1)
    held = np.maximum(onward - second.servers, 0)
    ended = np.minimum(level, first.servers - held) / first.mean_service_time
    down = np.diag(ended * (1 - share)) + np.diag(ended[:-1] * share, 1)
    served = np.minimum(onward, second.servers) / second.mean_service_time
    return Blocks(down=down, within=np.diag(served[1:], -1), up=rate * np.eye(len(onward)))


def _served_by_phase(
    levels: FloatArray, phases: FloatArray, first: Station, held: NDArray[np.int64]
) -> FloatArray:
    """Return the mean number served in the first stage in each phase, times its probability."""
    most = first.servers - held
    below = np.minimum(np.arange(first.servers)[:, None], most)
    beyond = phases - levels[:-1].sum(axis=0)
    return np.asarray((levels[:-1] * below).sum(axis=0) + beyond * most)


def _overflow_level(
    rate: float, level: int, first: Station, most_waiting: int, second: Station
) -> Blocks:
    """Return the rates with so many at the second station."""
    there = np.arange(first.servers + most_waiting + 1)
    ended = np.minimum(there, first.servers) / first.mean_service_time
    within = np.diag(np.full(len(there) - 1, rate), 1) + np.diag(ended[1:], -1)
    up = np.zeros_like(within)
    up[-1, -1] = rate
    down = min(level, second.servers) / second.mean_service_time * np.eye(len(there))
    return Blocks(down=down, within=within, up=up)


def _finite(levels: Sequence[Blocks]) -> FloatArray:
    """Return the steady state, (levels, phases), of a chain that cannot rise above the last."""
    many, phases = len(levels), len(levels[0].within)
    chain = np.zeros((many, phases, many, phases))
    for k, block in enumerate(levels):
        chain[k, :, k] = block.within
        if k:
            chain[k, :, k - 1] = block.down
        if k + 1 < many:
            chain[k, :, k + 1] = block.up
    size = many * phases
    return stationary(chain.reshape(size, size)).reshape(many, phases)
