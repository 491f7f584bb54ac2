"""How long people can be followed: what is told of a day rests on those who are in sight by then.

A run ends, and nobody is followed past its end. So a share by some day is told only where enough
people came so early that the day lies within the run, whatever has become of them.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simcare.analysis.records import Ticks
from simcare.kernels.tables import TICKS_PER_DAY

Days = NDArray[np.float64]
FEWEST = 0.1  # of those whom a number is over: with fewer in sight it is not told


def room(start: Ticks, horizon: int) -> Days:
    """Return for how many days people can be followed from some ticks on: float64, as ``start``."""
    return np.asarray((horizon - start) / TICKS_PER_DAY, np.float64)


def in_sight(room_days: Days, days: ArrayLike) -> Days:
    """Return the share of people who can be followed for so many days: float64, as ``days``.

    0 where there is nobody.
    """
    beyond = len(room_days) - np.searchsorted(np.sort(room_days), days, side="left")
    return np.asarray(beyond / max(len(room_days), 1), np.float64)


def is_followed(room_days: Days, day: float) -> bool:
    """Return whether enough of some people can be followed for so many days to tell of them."""
    return bool(np.count_nonzero(room_days >= day) / max(len(room_days), 1) >= FEWEST)


def longest(room_days: Days) -> float:
    """Return the last day until which enough of some people can be followed; 0 if nobody is."""
    enough = room_days[in_sight(room_days, room_days) >= FEWEST]
    return float(enough.max(initial=0.0))
