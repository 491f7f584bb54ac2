"""Exact means of a queue whose arrivals and places change with time, from an empty start.

Times are in the caller's unit and rates per that unit; arguments and attributes whose name ends
in `_time` are such times.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.theory import at_least_zero, positive, whole

FloatArray = NDArray[np.float64]

_CUT = 1e-9  # probability of a full list above which the answer would not be exact
_MOST_JUMPS = 30.0  # in one step: few enough for its weights to be exact


class Period(NamedTuple):
    """A time in which nothing changes: how long, above 0, arrivals and servers, 0 or more."""

    length_time: float
    arrival_rate: float
    servers: int


@dataclass(frozen=True, eq=False)
class ChangingQueue:
    """Means of a queue over periods (see `changing_queue`), float64 (periods,) each.

    Attributes:
        queue_at_end: mean number waiting when a period ends, before the servers change.
        busy_at_end: mean number served then.
        mean_queue: mean number waiting over a period.
        mean_busy: mean number served over a period.
        mean_usable: mean over a period of the servers, or of those busy where these are more.
    """

    queue_at_end: FloatArray
    busy_at_end: FloatArray
    mean_queue: FloatArray
    mean_busy: FloatArray
    mean_usable: FloatArray


def changing_queue(
    periods: Sequence[Period],
    mean_service_time: float,
    mean_patience_time: float,
    most_waiting: int,
) -> ChangingQueue:
    """Return the means of M(t)/M/c(t)+M over periods, empty at the start.

    When servers are closed nobody's service is broken off: more may be busy than there are, and
    nobody is served from the list until enough have ended. So a state is (served, waiting), and
    the Kolmogorov forward equations are solved over the periods one after the other. In a period
    the chain is time-homogeneous; its distribution at the end, and the mean over it, are sums over
    the number of jumps of a Poisson process (uniformisation: Jensen 1953, Skandinavisk
    Aktuarietidskrift 36:87-91), whose terms are all positive, so no digits are lost.

    Args:
        periods: in their order.
        mean_service_time: above 0.
        mean_patience_time: above 0; infinite: nobody leaves.
        most_waiting: so long that a longer list is out of the question, 1 or more; who would
            make it longer is left out.

    Raises:
        ValueError: an argument is outside the values allowed, or a list of `most_waiting` is not
            out of the question: it has a probability above 1e-9 at the end of a period.
    """
    positive("mean_service_time", mean_service_time)
    if mean_patience_time != math.inf:
        positive("mean_patience_time", mean_patience_time)
    whole("most_waiting", most_waiting, 1)
    for period in periods:
        positive("length_time", period.length_time)
        at_least_zero("arrival_rate", period.arrival_rate)
        whole("servers", period.servers, 0)
    most = max((period.servers for period in periods), default=0)
    state = np.zeros((most + 1, most_waiting + 1))
    state[0, 0] = 1.0
    ends, means, usable = [], [], []
    for period in periods:
        state, mean = _through(
            _seated(state, period.servers), period, 1 / mean_service_time, 1 / mean_patience_time
        )
        if state[:, -1].sum() > _CUT:
            raise ValueError(f"most_waiting is {most_waiting}; longer lists are not rare enough")
        ends.append(_two_means(state))
        means.append(_two_means(mean))
        usable.append(float(mean.sum(axis=1) @ np.maximum(np.arange(most + 1), period.servers)))
    at_end, over = np.reshape(ends, (-1, 2)), np.reshape(means, (-1, 2))
    return ChangingQueue(
        queue_at_end=at_end[:, 0],
        busy_at_end=at_end[:, 1],
        mean_queue=over[:, 0],
        mean_busy=over[:, 1],
        mean_usable=np.array(usable),
    )


def _two_means(state: FloatArray) -> tuple[float, float]:
    """Return the mean numbers waiting and served."""
    served, waiting = (np.arange(many) for many in state.shape)
    return float(state.sum(axis=0) @ waiting), float(state.sum(axis=1) @ served)


def _seated(state: FloatArray, servers: int) -> FloatArray:
    """Return the state after those who wait have taken what is free."""
    found = state.copy()
    for served in range(min(servers, len(state) - 1)):
        for waiting in np.flatnonzero(state[served, 1:]) + 1:
            taken = min(int(waiting), servers - served)
            found[served + taken, waiting - taken] += state[served, waiting]
            found[served, waiting] = 0.0
    return found


def _through(
    state: FloatArray, period: Period, service_rate: float, leave_rate: float
) -> tuple[FloatArray, FloatArray]:
    """Return the state at the end of a period, and its mean over the period."""
    most_served, most_waiting = (many - 1 for many in state.shape)
    # Where nothing can happen any rate will do.
    fastest = period.arrival_rate + most_served * service_rate + most_waiting * leave_rate
    fastest = fastest or 1.0
    steps = max(1, math.ceil(fastest * period.length_time / _MOST_JUMPS))
    jumps = fastest * period.length_time / steps
    number = np.arange(math.ceil(jumps + 10 * math.sqrt(jumps) + 20))
    weights = math.exp(-jumps) * np.cumprod(np.append(1.0, jumps / number[1:]))
    more = np.append(np.cumsum(weights[:0:-1])[::-1], 0.0)  # of more than so many jumps
    mean = np.zeros_like(state)
    for _ in range(steps):
        end = np.zeros_like(state)
        for weight, rest in zip(weights, more, strict=True):
            end += weight * state
            mean += rest / (jumps * steps) * state
            state = state + _change(state, period, service_rate, leave_rate) / fastest
        state = end
    return state, mean


def _change(
    state: FloatArray, period: Period, service_rate: float, leave_rate: float
) -> FloatArray:
    """Return how fast each state's probability changes."""
    servers = period.servers
    served, waiting = (np.arange(many) for many in state.shape)
    found = np.zeros_like(state)
    come = period.arrival_rate * state
    come[servers:, -1] = 0.0  # the list is as long as it may be
    found -= come
    found[1 : servers + 1] += come[:servers]  # nobody waits where something is free
    found[servers:, 1:] += come[servers:, :-1]
    end = service_rate * served[:, None] * state
    found -= end
    over = end[servers + 1 :]  # more are busy than there are: nobody follows
    found[servers : servers + len(over)] += over
    found[:servers, 0] += end[1 : servers + 1, 0]
    found[1 : servers + 1, :-1] += end[1 : servers + 1, 1:]
    leave = leave_rate * waiting * state
    found -= leave
    found[:, :-1] += leave[:, 1:]
    return found
