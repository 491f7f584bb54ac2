"""Exact results for simple queues, to check a simulation against.

All times are in the caller's unit of time and all rates are per that same unit; arguments and
attributes whose name ends in `_time` are such times. Every result is a long-run (steady-state)
average except `infinite_server_occupancy`, which follows a periodic arrival rate. "Gross et al."
is Gross, Shortle, Thompson and Harris 2008, Fundamentals of Queueing Theory, 4th edition.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc

FloatArray = NDArray[np.float64]

_TAIL = 1e-16  # stationary probability left out when an endless chain is cut off
_MOST_STATES = 1 << 22


@dataclass(frozen=True)
class MultiServerQueue:
    """Steady state of M/M/c with first come, first served (see `multi_server_queue`).

    Attributes:
        arrival_rate: arrivals per unit of time.
        mean_service_time: mean service.
        servers: number of servers.
        occupancy: mean share of the servers that are busy.
        wait_probability: share of arrivals that have to wait (Erlang C).
        mean_wait_time: mean wait of all arrivals, those who need not wait included.
        mean_queue: mean number waiting.
    """

    arrival_rate: float
    mean_service_time: float
    servers: int
    occupancy: float
    wait_probability: float
    mean_wait_time: float
    mean_queue: float

    def wait_exceeds(self, time: float) -> float:
        """Return the share of all arrivals that wait longer than `time`.

        P(W > t) = C exp(-(c mu - lambda) t), C the wait probability (Gross et al., chapter 2).

        Raises:
            ValueError: `time` is negative or not finite.
        """
        at_least_zero("time", time)
        return self.wait_probability * math.exp(-self._spare_rate * time)

    def wait_percentile(self, p: float) -> float:
        """Return the time within which a share `p` of all arrivals have been served.

        It is the smallest t with P(W <= t) >= p: 0 when at least `p` need not wait at all.

        Raises:
            ValueError: `p` is not in [0, 1).
        """
        if not 0 <= p < 1:
            raise ValueError(f"p is {p}; it must be at least 0 and below 1")
        if 1 - p >= self.wait_probability:
            return 0.0
        return math.log(self.wait_probability / (1 - p)) / self._spare_rate

    @property
    def _spare_rate(self) -> float:
        """Rate of service with all servers busy, less the arrival rate."""
        load = self.arrival_rate * self.mean_service_time
        return (self.servers - load) / self.mean_service_time


@dataclass(frozen=True, eq=False)
class ImpatientQueue:
    """Steady state of Erlang A, M/M/c+M (see `impatient_queue`).

    Attributes:
        servers: number of servers.
        mean_service_time: mean service.
        mean_patience_time: mean time an arrival is ready to wait.
        wait_probability: share of arrivals that find all servers busy.
        leave_probability: share of arrivals that leave without service.
        mean_queue: mean number waiting.
        occupancy: mean share of the servers that are busy.
        mean_wait_time: mean time in queue of all arrivals, ended by service or by leaving.
        queue_probabilities: float64, shape (k,), the probability that all servers are busy
            and 0, 1, 2, ... wait; cut off where less than 1e-15 is left.
    """

    servers: int
    mean_service_time: float
    mean_patience_time: float
    wait_probability: float
    leave_probability: float
    mean_queue: float
    occupancy: float
    mean_wait_time: float
    queue_probabilities: FloatArray

    def served_within(self, time: float) -> float:
        """Return the share of those served who waited at most `time`.

        An arrival who finds all c servers busy and k waiting would, if never impatient, wait V
        = a sum of independent exponentials of rates c mu + j theta, j = 0..k (each of those
        ahead is served or leaves). Then Y = exp(-theta V) is Beta(alpha, k + 1) with alpha =
        c mu / theta, as its moments show. He is served within t when V <= t and his own
        patience exceeds V, so with probability

            E[Y; Y >= exp(-theta t)]
                = alpha / (alpha + k + 1) * I(1 - exp(-theta t); k + 1, alpha + 1),

        I being the regularised incomplete beta function. The model is the one of the sources
        named at `impatient_queue`; the derivation is given here in full.

        Raises:
            ValueError: `time` is negative or not finite.
        """
        at_least_zero("time", time)
        patience = self.mean_patience_time
        alpha = self.servers * patience / self.mean_service_time
        place = np.arange(1.0, self.queue_probabilities.size + 1)
        within = betainc(place, alpha + 1, -math.expm1(-time / patience))
        served = self.queue_probabilities @ (alpha / (alpha + place) * within)
        share = (1 - self.wait_probability + float(served)) / (1 - self.leave_probability)
        return min(share, 1.0)


def erlang_b(servers: int, offered_load: float) -> float:
    """Return the share of arrivals lost when there is no room to wait (M/G/c/c).

    Computed by the stable recursion B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1)) (Gross et al.,
    chapter 2).

    Args:
        servers: number of servers, 0 or more.
        offered_load: a = arrival rate times mean service time, 0 or more.

    Returns:
        A probability.

    Raises:
        ValueError: an argument is outside the values allowed.
    """
    whole("servers", servers, 0)
    at_least_zero("offered_load", offered_load)
    blocked = 1.0
    for k in range(1, int(servers) + 1):
        blocked = offered_load * blocked / (k + offered_load * blocked)
    return blocked


def erlang_c(servers: int, offered_load: float) -> float:
    """Return the share of arrivals that have to wait in M/M/c with endless patience.

    From Erlang B: C = B / (1 - rho (1 - B)), rho = a / c (Gross et al., chapter 2).

    Args:
        servers: number of servers, 1 or more.
        offered_load: a = arrival rate times mean service time, 0 or more and below `servers`.

    Returns:
        A probability.

    Raises:
        ValueError: an argument is outside the values allowed (also: an overloaded queue).
    """
    whole("servers", servers, 1)
    at_least_zero("offered_load", offered_load)
    if offered_load >= servers:
        raise ValueError(
            f"offered_load is {offered_load}; it must be below the number of servers, "
            f"{servers}, or the queue grows without end"
        )
    blocked = erlang_b(servers, offered_load)
    return blocked / (1 - offered_load / servers * (1 - blocked))


def multi_server_queue(
    arrival_rate: float, mean_service_time: float, servers: int
) -> MultiServerQueue:
    """Return the steady state of M/M/c, first come, first served, endless patience.

    Mean wait C / (c mu - lambda), mean queue by Little's law (Gross et al., chapter 2).

    Args:
        arrival_rate: above 0, per unit of time.
        mean_service_time: above 0.
        servers: 1 or more.

    Raises:
        ValueError: an argument is outside the values allowed, or the queue is overloaded.
    """
    positive("arrival_rate", arrival_rate)
    positive("mean_service_time", mean_service_time)
    load = arrival_rate * mean_service_time
    waits = erlang_c(servers, load)
    mean_wait = waits * mean_service_time / (servers - load)
    return MultiServerQueue(
        arrival_rate=arrival_rate,
        mean_service_time=mean_service_time,
        servers=int(servers),
        occupancy=load / servers,
        wait_probability=waits,
        mean_wait_time=mean_wait,
        mean_queue=arrival_rate * mean_wait,
    )


def impatient_queue(
    arrival_rate: float, mean_service_time: float, servers: int, mean_patience_time: float
) -> ImpatientQueue:
    """Return the steady state of Erlang A: M/M/c with exponential patience, any load.

    A birth-death chain with births lambda and deaths min(n, c) mu + max(n - c, 0) theta (Palm
    1957, Tele; Garnett, Mandelbaum and Reiman 2002, M&SOM 4:208-227), cut off where less than
    1e-15 of the stationary probability is left. Nobody leaves once service has started.

    Args:
        arrival_rate: above 0, per unit of time.
        mean_service_time: above 0.
        servers: 1 or more.
        mean_patience_time: above 0 and finite.

    Raises:
        ValueError: an argument is outside the values allowed, or patience is so long that
            the chain has more than 2**22 states.
    """
    positive("arrival_rate", arrival_rate)
    positive("mean_service_time", mean_service_time)
    whole("servers", servers, 1)
    positive("mean_patience_time", mean_patience_time)
    states = _erlang_a_states(arrival_rate, mean_service_time, servers, mean_patience_time)
    queue = states[servers:]
    mean_queue = float(np.arange(queue.size) @ queue)
    busy = float(np.minimum(np.arange(states.size), servers) @ states)
    queue.setflags(write=False)
    return ImpatientQueue(
        servers=int(servers),
        mean_service_time=mean_service_time,
        mean_patience_time=mean_patience_time,
        wait_probability=float(queue.sum()),
        leave_probability=mean_queue / (arrival_rate * mean_patience_time),
        mean_queue=mean_queue,
        occupancy=busy / servers,
        mean_wait_time=mean_queue / arrival_rate,
        queue_probabilities=queue,
    )


def _erlang_a_states(rate: float, service: float, servers: int, patience: float) -> FloatArray:
    """Return the stationary probabilities of 0, 1, 2, ... in the system."""
    size = servers + 64
    while size <= _MOST_STATES:
        number = np.arange(1.0, size + 1)
        deaths = np.minimum(number, servers) / service
        deaths += np.maximum(number - servers, 0) / patience
        ratio = rate / deaths
        logs = np.concatenate(([0.0], np.cumsum(np.log(ratio))))
        weights: FloatArray = np.exp(logs - logs.max())
        # The ratios fall, so what lies beyond the last state is below a geometric series.
        last = float(ratio[-1])
        if last < 1 and weights[-1] * last / (1 - last) < _TAIL * weights.sum():
            weights /= weights.sum()
            return weights
        size *= 2
    raise ValueError(
        f"mean_patience_time is {patience}; with arrival_rate {rate} the queue would need more "
        f"than {_MOST_STATES} states: it must be shorter"
    )


def pollaczek_khinchine_mean_wait(
    arrival_rate: float, mean_service_time: float, service_scv: float
) -> float:
    """Return the mean wait of all arrivals in M/G/1.

    lambda m^2 (1 + scv) / (2 (1 - rho)), with m the mean service, rho = lambda m (Pollaczek
    1930; Khinchine 1932; see Gross et al.).

    Args:
        arrival_rate: above 0, per unit of time.
        mean_service_time: above 0; arrival_rate * mean_service_time must be below 1.
        service_scv: squared coefficient of variation (variance over squared mean), 0 or more.

    Returns:
        A time in the caller's unit.

    Raises:
        ValueError: an argument is outside the values allowed, or the queue is overloaded.
    """
    load = _single_server_load(arrival_rate, mean_service_time)
    at_least_zero("service_scv", service_scv)
    return load * mean_service_time * (1 + service_scv) / (2 * (1 - load))


def infinite_server_occupancy(
    time: ArrayLike, mean_rate: float, amplitude: float, period_time: float, mean_stay_time: float
) -> FloatArray:
    """Return the mean number in Mt/M/infinity under a sinusoidal arrival rate.

    For arrivals at rate a + b sin(w t), w = 2 pi / period, that have been running for ever and
    exponential stays of mean s: m(t) = a s + b s (sin(wt) - w s cos(wt)) / (1 + (w s)^2) (Eick,
    Massey and Whitt 1993, Management Science 39:241-252). The number present is Poisson.

    Args:
        time: times of any shape, finite.
        mean_rate: a, above 0, per unit of time.
        amplitude: b, between -a and a.
        period_time: above 0.
        mean_stay_time: s, above 0.

    Returns:
        float64 array of the shape of `time`.

    Raises:
        ValueError: an argument is outside the values allowed.
    """
    positive("mean_rate", mean_rate)
    positive("period_time", period_time)
    positive("mean_stay_time", mean_stay_time)
    if not abs(amplitude) <= mean_rate:
        raise ValueError(
            f"amplitude is {amplitude}; it must lie between -mean_rate and mean_rate, {mean_rate}"
        )
    when = np.asarray(time, dtype=np.float64)
    if not np.isfinite(when).all():
        raise ValueError("time holds nan or an infinity; every time must be finite")
    turn = 2 * math.pi / period_time
    lag = turn * mean_stay_time
    wave = (np.sin(turn * when) - lag * np.cos(turn * when)) / (1 + lag**2)
    return np.asarray(mean_stay_time * (mean_rate + amplitude * wave))


def _single_server_load(rate: float, mean: float, name: str = "arrival_rate") -> float:
    """Return rate times mean service after checking that one server can carry it."""
    positive(name, rate)
    positive("mean_service_time", mean)
    if rate * mean >= 1:
        raise ValueError(
            f"{name} is {rate} and mean_service_time {mean}; their product must be below 1"
        )
    return rate * mean


def positive(name: str, value: float) -> None:
    """Raise ValueError for a value that is not finite and above 0."""
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} is {value}; it must be finite and above 0")


def at_least_zero(name: str, value: float) -> None:
    """Raise ValueError for a value that is negative or not finite."""
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{name} is {value}; it must be finite and 0 or more")


def whole(name: str, value: int, least: int) -> None:
    """Raise ValueError for a value that is not a whole number from `least` up."""
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise ValueError(f"{name} is {value!r}; it must be a whole number of {least} or more")
