"""Times to an event when some follow-ups end before the event is seen.

`kaplan_meier` serves an event that can only be censored, `cumulative_incidence` an episode
that can end in several competing ways. Both return a step function, `Curve`.

Times carry whatever unit the caller uses; every answer that is a time comes back in that unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# How far below p a curve may be and still count as having reached it. No step of a curve from
# n subjects is smaller than 1/n, so this is far below any true step and only absorbs rounding.
_REACH = 1e-10


@dataclass(frozen=True, eq=False)
class Curve:
    """A right-continuous step function of time, as the estimators of this module return it.

    Attributes:
        times: float64, shape (k,), strictly increasing times of the steps (times at which at
            least one event of any kind was seen); caller's time unit.
        values: float64, shape (k,), the value from each step until the next, a probability.
        at_risk: int64, shape (k,), the number still followed just before each step.
        start: the value before the first step: 1 for a survival curve, 0 for an incidence
            curve, nan when there were no subjects at all.
        followed_until: the longest follow-up, event or not; nan when there were no subjects.
            Beyond it the data say nothing and the last value is merely carried on.

    Raises:
        ValueError: the arrays differ in shape or are not one-dimensional, `times` does not
            increase, or `start` is none of 0, 1 and nan.
    """

    times: FloatArray
    values: FloatArray
    at_risk: IntArray
    start: float
    followed_until: float

    def __post_init__(self) -> None:
        """Check the shapes and make read-only copies of the arrays."""
        for name, kind in (("times", np.float64), ("values", np.float64), ("at_risk", np.int64)):
            array = np.array(getattr(self, name), dtype=kind)
            if array.ndim != 1 or array.shape != np.shape(self.times):
                raise ValueError(
                    f"{name} has shape {array.shape}; times, values and at_risk must be "
                    f"one-dimensional and of one length, and times has shape "
                    f"{np.shape(self.times)}"
                )
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if not np.all(np.diff(self.times) > 0):
            raise ValueError("times must be strictly increasing, without nan")
        if not (np.isnan(self.start) or self.start in (0.0, 1.0)):
            raise ValueError(f"start is {self.start}; allowed are 0, 1 and nan")

    def at(self, t: ArrayLike) -> FloatArray:
        """Return the value of the curve at each time in `t`.

        The curve is right-continuous: the value at t includes the events at t. Before the
        first step it is `start`; after the last step it stays at the last value, also beyond
        `followed_until`. A curve of no subjects gives nan everywhere.

        Args:
            t: times of any shape, caller's unit; infinities are allowed.

        Returns:
            float64 array of the shape of `t` (zero-dimensional for a single number).

        Raises:
            ValueError: `t` is not numeric or holds nan.
        """
        when = _floats("t", t)
        if np.isnan(when).any():
            raise ValueError("t holds nan; every time must be a number")
        levels = np.concatenate(([self.start], self.values))
        result: FloatArray = np.asarray(levels[np.searchsorted(self.times, when, side="right")])
        return result

    def restricted_mean(self, horizon: float) -> float:
        """Return the area under a survival curve from 0 to `horizon`.

        This is the mean time free of the event within the horizon, E[min(T, horizon)] (Irwin
        1949, Journal of Hygiene 47:188-189). If `horizon` lies beyond `followed_until` and the
        curve has not reached 0, the last value is carried on (Gill 1980, Censoring and
        Stochastic Integrals), which can only make the answer too long.

        Args:
            horizon: finite time of 0 or more, caller's unit.

        Returns:
            A time in the caller's unit; nan for a curve of no subjects.

        Raises:
            ValueError: `horizon` is negative or not finite, or this is an incidence curve.
        """
        if not (np.isfinite(horizon) and horizon >= 0):
            raise ValueError(f"horizon is {horizon}; it must be a finite time of 0 or more")
        if self.start == 0:
            raise ValueError(
                "restricted_mean needs a survival curve (start 1); this curve has start 0"
            )
        edges = np.concatenate(([0.0], np.minimum(self.times, horizon), [horizon]))
        levels = np.concatenate(([self.start], self.values))
        return float(np.dot(levels, np.diff(edges)))

    def percentile(self, p: float) -> float:
        """Return the first time at which a rising curve reaches `p`.

        A value that falls short of `p` by rounding alone (1e-10) counts as having reached it.
        For a survival curve ask its `complement()`.

        Args:
            p: a share, above 0 and at most 1.

        Returns:
            A time in the caller's unit; `inf` when the curve never reaches `p` within the
            follow-up; nan for a curve of no subjects.

        Raises:
            ValueError: `p` lies outside (0, 1], or this is a survival curve.
        """
        if not 0 < p <= 1:
            raise ValueError(f"p is {p}; it must be above 0 and at most 1")
        if self.start == 1:
            raise ValueError(
                "percentile needs a rising curve (start 0); this curve has start 1, "
                "ask its complement()"
            )
        if np.isnan(self.start):
            return float("nan")
        first = int(np.searchsorted(self.values, p - _REACH, side="left"))
        return float(self.times[first]) if first < self.times.size else float("inf")

    def complement(self) -> Curve:
        """Return 1 minus this curve: a survival curve becomes an incidence curve and back."""
        return Curve(
            times=self.times,
            values=1.0 - self.values,
            at_risk=self.at_risk,
            start=1.0 - self.start,
            followed_until=self.followed_until,
        )


class _Steps(NamedTuple):
    """Distinct event times, events per listed cause (causes, k), numbers at risk, last time."""

    times: FloatArray
    events: IntArray
    at_risk: IntArray
    last: float


def kaplan_meier(time: ArrayLike, observed: ArrayLike) -> Curve:
    """Estimate the probability of still being free of the event, by time since entry.

    The product-limit estimator S(t) = prod over event times u <= t of (1 - d_u / n_u), d_u
    events among n_u at risk (Kaplan and Meier 1958, JASA 53:457-481). When an event and a
    censoring share a time the event comes first: the one censored there is still at risk.
    Use it only where nothing but censoring competes with the event.

    Args:
        time: shape (n,), time from entry to the event or to the end of follow-up; finite, 0
            or more; caller's unit.
        observed: shape (n,), bool (or 0 and 1): whether the event was seen at `time`.

    Returns:
        A survival `Curve` with a step at each distinct event time. With n = 0 it has no steps
        and its values are nan: there is nobody to speak of. With subjects but no event it has
        no steps and stays at 1.

    Raises:
        ValueError: an argument has the wrong shape or holds values not allowed.
    """
    duration = _durations(time)
    seen = np.asarray(observed)
    if seen.shape != duration.shape:
        raise ValueError(f"observed has shape {seen.shape}; time has shape {duration.shape}")
    if seen.size and not (seen.dtype.kind in "biuf" and np.isin(seen, (0, 1)).all()):
        raise ValueError("observed holds other values; allowed are True and False (or 1 and 0)")
    steps = _steps(duration, seen.astype(np.int64), (1,))
    return Curve(
        times=steps.times,
        values=_survival(steps),
        at_risk=steps.at_risk,
        start=1.0 if duration.size else float("nan"),
        followed_until=steps.last,
    )


def cumulative_incidence(
    time: ArrayLike, cause: ArrayLike, causes: Sequence[int]
) -> dict[int, Curve]:
    """Estimate, for each competing end, the probability of having ended that way by time t.

    The Aalen-Johansen estimator (Aalen and Johansen 1978, Scandinavian Journal of Statistics
    5:141-150): F_j(t) = sum over end times u <= t of S(u-) d_ju / n_u, where S is the
    `kaplan_meier` curve of any end, d_ju the ends by cause j and n_u the number at risk. Ends
    come before censorings at the same time. At every time the curves of all causes and S sum
    to 1.

    Args:
        time: shape (n,), time from entry to the end or to the end of follow-up; finite, 0 or
            more; caller's unit.
        cause: shape (n,), integers: 0 for censored, otherwise one of `causes`.
        causes: the possible ends, distinct integers above 0. Every cause in the data must be
            listed; one that never occurs gets a curve that stays at 0.

    Returns:
        One rising `Curve` per cause, keyed by the cause, in the order of `causes`; all share
        the same `times` (the distinct times of an end by any cause). With n = 0 the curves
        have no steps and their values are nan: there is nobody to speak of.

    Raises:
        ValueError: an argument has the wrong shape or holds values not allowed.
    """
    steps, values, start = _incidences(time, cause, causes)
    return {
        int(end): Curve(steps.times, values[row], steps.at_risk, start, steps.last)
        for row, end in enumerate(causes)
    }


def incidence_by(
    time: ArrayLike, cause: ArrayLike, causes: Sequence[int], when: Sequence[float]
) -> FloatArray:
    """Return what the curves of `cumulative_incidence` are at some times, and nothing besides.

    Args:
        time, cause, causes: as there.
        when: times, none of them nan; caller's unit.

    Returns:
        float64, shape (causes, times); nan throughout with n = 0.

    Raises:
        ValueError: as there.
    """
    steps, values, start = _incidences(time, cause, causes)
    levels = np.concatenate((np.full((len(values), 1), start), values), axis=1)
    result: FloatArray = levels[:, np.searchsorted(steps.times, when, side="right")]
    return result


def _incidences(
    time: ArrayLike, cause: ArrayLike, causes: Sequence[int]
) -> tuple[_Steps, FloatArray, float]:
    """Return the steps, the incidence of each cause after each of them, and that before them."""
    duration = _durations(time)
    listed = _listed(causes)
    ended = np.asarray(cause)
    if ended.shape != duration.shape:
        raise ValueError(f"cause has shape {ended.shape}; time has shape {duration.shape}")
    if ended.size and ended.dtype.kind not in "iu":
        raise ValueError(f"cause has dtype {ended.dtype}; it must hold integers")
    known = ended == 0
    for end in listed:
        known |= ended == end
    if not known.all():
        unknown = np.unique(ended[~known]).tolist()
        raise ValueError(f"cause holds {unknown}; allowed are 0 (censored) and {list(listed)}")
    steps = _steps(duration, ended.astype(np.int64), listed)
    survival = _survival(steps)
    before = np.concatenate(([1.0], survival[:-1]))[: survival.size]
    rises = steps.events * (before / steps.at_risk)
    values = np.minimum(np.cumsum(rises, axis=1), 1.0)
    return steps, values, 0.0 if duration.size else float("nan")


def _steps(time: FloatArray, cause: IntArray, causes: tuple[int, ...]) -> _Steps:
    """Sort the records and count ends and numbers at risk at each distinct end time."""
    if time.size == 0:
        none = np.empty(0)
        whole = np.empty(0, dtype=np.int64)
        return _Steps(none, np.empty((len(causes), 0), dtype=np.int64), whole, float("nan"))
    order = np.argsort(time, kind="stable")
    time, cause = time[order], cause[order]
    first = np.flatnonzero(np.concatenate(([True], time[1:] != time[:-1])))
    events = np.stack([np.add.reduceat((cause == end).astype(np.int64), first) for end in causes])
    kept = events.any(axis=0)
    at_risk = (time.size - first[kept]).astype(np.int64)
    return _Steps(time[first[kept]], events[:, kept], at_risk, float(time[-1]))


def _survival(steps: _Steps) -> FloatArray:
    """Return the product-limit survival after each step, for the end by any cause."""
    ends = steps.events.sum(axis=0)
    result: FloatArray = np.cumprod((steps.at_risk - ends) / steps.at_risk)
    return result


def _listed(causes: Sequence[int]) -> tuple[int, ...]:
    """Return the causes as a tuple after checking them."""
    raw = np.asarray(causes)
    fits = raw.ndim == 1 and raw.size > 0 and raw.dtype.kind in "iu"
    if not fits or (raw <= 0).any() or np.unique(raw).size != raw.size:
        raise ValueError(f"causes is {causes!r}; it must hold distinct integers above 0")
    return tuple(int(end) for end in raw)


def _durations(time: ArrayLike) -> FloatArray:
    """Return `time` as a one-dimensional float array after checking it."""
    duration = _floats("time", time)
    if duration.ndim != 1:
        raise ValueError(f"time has shape {duration.shape}; it must be one-dimensional")
    wrong = ~(np.isfinite(duration) & (duration >= 0))
    if wrong.any():
        raise ValueError(f"time holds {duration[wrong][0]}; allowed are finite values from 0 up")
    return duration


def _floats(name: str, values: ArrayLike) -> FloatArray:
    """Return `values` as float64, or say which argument is not numeric."""
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} is not an array of numbers: {error}") from error
