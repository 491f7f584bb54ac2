"""When a member of the staff is away: spells of presence and absence, each drawn by its address."""

import numpy as np

from simcare.kernels.compile import allocating_kernel
from simcare.kernels.draws import SICK_LEAVE, uniform
from simcare.kernels.laws import unit_threshold, whole_ticks
from simcare.kernels.tables import Ticks, Words


@allocating_kernel
def absence_ticks(
    key: Words,
    member: np.uint64,
    category: int,
    mean_days: float,
    mean_days_between: float,
    horizon: int,
) -> Ticks:
    """Return the ticks at which a member goes and comes back, in turn, rising, below ``horizon``.

    Spells are exponential and take turns, in the steady state from tick 0 on: who is away then goes
    at tick 0. The spell 0 of an address decides that; the lengths are those of the spells from 1
    on. ``member`` is the word of the capacity, shifted by 32 bits, with the member's number.
    """
    ticks = np.empty(16, np.int64)
    n, tick, spell = 0, 0, 0
    first = uniform(key[0], key[1], member, 0, category, 0, SICK_LEAVE)
    away = first * (mean_days + mean_days_between) < mean_days
    if away:
        ticks[0] = 0
        n = 1
    while True:
        spell += 1
        mean = mean_days if away else mean_days_between
        amount = unit_threshold(uniform(key[0], key[1], member, spell, category, 0, SICK_LEAVE))
        tick += whole_ticks(mean * amount, 1)
        if tick >= horizon:
            return ticks[:n]
        if n == len(ticks):
            longer = np.empty(2 * n, np.int64)
            longer[:n] = ticks
            ticks = longer
        ticks[n] = tick
        n += 1
        away = not away
