"""Exact waits where not whoever came first goes first, and where all wait equally long at most.

Times are in the caller's unit and rates per that unit; arguments and attributes whose name ends
in `_time` are such times. Arrivals are Poisson, services exponential with one mean for all. Every
result is a long-run (steady-state) average.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from simcare.analysis.theory import (
    at_least_zero,
    erlang_b,
    multi_server_queue,
    positive,
    whole,
)

FloatArray = NDArray[np.float64]

_TAIL = 1e-15  # probability left out when an endless chain is cut off
_MOST_AHEAD = 2048


@dataclass(frozen=True)
class PriorityQueue:
    """Steady state of M/M/c in which classes are served one before the other (`priority_queue`).

    Attributes:
        arrival_rates: of each class, the one served first being the first.
        mean_service_time: mean service of everybody.
        servers: number of servers.
        wait_probability: share of arrivals, of any class, that have to wait.
        mean_wait_times: mean wait of each class, those who need not wait included.
        mean_queues: mean number waiting of each class.
    """

    arrival_rates: tuple[float, ...]
    mean_service_time: float
    servers: int
    wait_probability: float
    mean_wait_times: tuple[float, ...]
    mean_queues: tuple[float, ...]

    def wait_exceeds(self, time: float, of: int) -> float:
        """Return the share of all arrivals of a class that wait longer than `time`.

        Who has to wait finds k of its own or an earlier class on the list with probability
        (1 - s) s^k, s being the load of these classes: while all servers are busy they form a
        list of their own, which begins empty. From there on every service takes one of those
        ahead away and every arrival of an earlier class adds one, until a service ends and nobody
        is ahead: a birth-death chain, cut off where less than 1e-15 can be, whose exponential is
        taken. It is the model of Kella and Yechiali 1985 (Naval Research Logistics Quarterly
        32:23-34), who give the transform.

        Args:
            time: 0 or more.
            of: the number of the class, from 0.

        Raises:
            ValueError: an argument is outside the values allowed, or the load is so near to 1
                that more than 2048 may be ahead.
        """
        at_least_zero("time", time)
        whole("of", of, 0)
        if of >= len(self.arrival_rates):
            raise ValueError(f"of is {of}; there are {len(self.arrival_rates)} classes, from 0")
        service = self.servers / self.mean_service_time
        load = sum(self.arrival_rates[: of + 1]) / service
        size = 2 + math.ceil(math.log(_TAIL) / math.log(load))
        if size > _MOST_AHEAD:
            raise ValueError(f"the load of class {of} and those before it is {load}: too near to 1")
        more = sum(self.arrival_rates[:of])
        chain = np.diag(np.full(size - 1, service), -1) + np.diag(np.full(size - 1, more), 1)
        chain -= np.diag(np.full(size, service + more))
        chain[-1, -1] += more
        found = (1 - load) * load ** np.arange(size)
        return self.wait_probability * float(found @ expm(chain * time).sum(axis=1))


@dataclass(frozen=True)
class FixedPatienceQueue:
    """Steady state of M/M/c+D (see `fixed_patience_queue`).

    Attributes:
        wait_probability: share of arrivals that have to wait.
        leave_probability: share of arrivals that leave without service.
        mean_wait_time: mean wait of all arrivals, ended by service or by leaving.
        mean_queue: mean number waiting.
        occupancy: mean share of the servers that are busy.
    """

    wait_probability: float
    leave_probability: float
    mean_wait_time: float
    mean_queue: float
    occupancy: float


def priority_queue(
    arrival_rates: Sequence[float], mean_service_time: float, servers: int
) -> PriorityQueue:
    """Return the steady state of M/M/c with classes, first come first served within each.

    Nobody's service is broken off. With s(k) the load per server of the classes up to k, class k
    waits C m / c / ((1 - s(k-1)) (1 - s(k))) on average, C being Erlang's C of all classes
    together (Cobham 1954, Journal of the Operations Research Society of America 2:70-76).

    Args:
        arrival_rates: of each class, above 0, in the order in which they are served.
        mean_service_time: above 0.
        servers: 1 or more.

    Raises:
        ValueError: an argument is outside the values allowed, or the queue is overloaded.
    """
    if not arrival_rates:
        raise ValueError("arrival_rates is empty; at least one class is required")
    for number, rate in enumerate(arrival_rates):
        positive(f"arrival_rates[{number}]", rate)
    every = multi_server_queue(sum(arrival_rates), mean_service_time, servers)
    loads = np.cumsum([0.0, *arrival_rates]) * mean_service_time / servers
    spared = 1 - loads
    waits = every.wait_probability * mean_service_time / servers / (spared[:-1] * spared[1:])
    return PriorityQueue(
        arrival_rates=tuple(arrival_rates),
        mean_service_time=mean_service_time,
        servers=servers,
        wait_probability=every.wait_probability,
        mean_wait_times=tuple(waits.tolist()),
        mean_queues=tuple((waits * arrival_rates).tolist()),
    )


def ordered_mean_wait(
    arrival_rate: float,
    mean_service_time: float,
    servers: int,
    from_share: float,
    to_share: float,
) -> float:
    """Return the mean wait in M/M/c of some people where each has a rank of its own.

    Whoever waits with the lowest rank is served first; ranks are shares: rank u is that of a
    person whom a share u of all goes before. It is `priority_queue` with ever more and ever
    smaller classes: rank u waits C m / c / (1 - rho u)^2, and the mean over the ranks from a to b
    is C m / c / ((1 - rho a) (1 - rho b)).

    Args:
        arrival_rate: above 0.
        mean_service_time: above 0.
        servers: 1 or more.
        from_share, to_share: the ranks a and b of those meant, 0 <= a < b <= 1.

    Raises:
        ValueError: an argument is outside the values allowed, or the queue is overloaded.
    """
    every = multi_server_queue(arrival_rate, mean_service_time, servers)
    if not 0 <= from_share < to_share <= 1:
        raise ValueError(
            f"from_share is {from_share} and to_share {to_share}; 0 <= from_share < to_share <= 1 "
            "is required"
        )
    first = every.wait_probability * mean_service_time / servers
    return first / ((1 - every.occupancy * from_share) * (1 - every.occupancy * to_share))


def fixed_patience_queue(
    arrival_rate: float, mean_service_time: float, servers: int, patience_time: float
) -> FixedPatienceQueue:
    """Return the steady state of M/M/c+D: whoever has waited for a fixed time leaves. Any load.

    An arrival who never left would wait V, with P(V = 0) = e / (e + lambda J) and, for x > 0, the
    density lambda exp(lambda min(x, D) - c mu x) / (e + lambda J), where J is the integral of that
    exponential and e = 1 / B(c - 1, lambda / mu), B being Erlang's (Baccelli and Hebuterne 1981;
    Zeltyn and Mandelbaum 2005, Queueing Systems 51:361-402). Who leaves has V > D.

    Args:
        arrival_rate: above 0.
        mean_service_time: above 0.
        servers: 1 or more.
        patience_time: D, 0 or more.

    Raises:
        ValueError: an argument is outside the values allowed.
    """
    positive("arrival_rate", arrival_rate)
    positive("mean_service_time", mean_service_time)
    whole("servers", servers, 1)
    at_least_zero("patience_time", patience_time)
    most = servers / mean_service_time
    turn = (arrival_rate - most) * patience_time
    scale = math.exp(-max(turn, 0.0))  # of all that follows, lest an overload grow beyond floats
    idle = scale / erlang_b(servers - 1, arrival_rate * mean_service_time)
    within, moment = _growth(arrival_rate - most, patience_time)
    beyond = math.exp(min(turn, 0.0)) / most
    total = idle + arrival_rate * (within + beyond)
    leave = arrival_rate * beyond / total
    # Whoever would wait longer than D waits just D.
    mean_wait = arrival_rate * moment / total + leave * patience_time
    return FixedPatienceQueue(
        wait_probability=arrival_rate * (within + beyond) / total,
        leave_probability=leave,
        mean_wait_time=mean_wait,
        mean_queue=arrival_rate * mean_wait,
        occupancy=arrival_rate * (1 - leave) / most,
    )


def _growth(rate: float, time: float) -> tuple[float, float]:
    """Return the integrals of exp(r x) and of x exp(r x) over x from 0 to a time.

    Where r is above 0 both are divided by exp(r time), the largest value.
    """
    turn = rate * time
    if abs(turn) < 1e-2:  # the closed forms would lose digits
        order = np.arange(12)
        powers = turn**order / np.cumprod(np.maximum(order, 1)) * math.exp(-max(turn, 0.0))
        first, second = powers / (order + 1), powers / (order + 2)
        return float(time * first.sum()), float(time**2 * second.sum())
    if turn > 0:
        area = -math.expm1(-turn) / rate
        return area, (time - area) / rate
    area = math.expm1(turn) / rate
    return area, (time * math.exp(turn) - area) / rate
