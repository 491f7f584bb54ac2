"""Markov chains without a short formula, solved to the last digits, to check a simulation against.

Rates are per unit of the caller's time. A chain with finitely many states is solved as linear
equations (`stationary`). One whose levels go on without end, such as the length of a list, is
solved by the matrix that leads from a level to the next (`level_chain`): nothing is cut off. The
services that are such chains stand in `simcare.analysis.networks`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

_STEPS = 64  # each doubles the number of levels that are looked at
_MOST_STATES = 4096


class Blocks(NamedTuple):
    """Rates from each phase of a level (rows) to each phase of another, float64 (phases, phases).

    Attributes:
        down: to the level below; of the lowest level it is not looked at.
        within: to another phase of the same level; the diagonal is not looked at.
        up: to the level above.
    """

    down: FloatArray
    within: FloatArray
    up: FloatArray


@dataclass(frozen=True, eq=False)
class LevelChain:
    """Steady state of a chain whose levels go on without end (see `level_chain`).

    Attributes:
        levels: float64 (k, phases), the probabilities of the levels 0..k-1, of which the last
            is the first that repeats.
        ratio: float64 (phases, phases): from there on a level's probabilities times `ratio` are
            those of the next.
    """

    levels: FloatArray
    ratio: FloatArray

    @property
    def phases(self) -> FloatArray:
        """The probability of each phase over all levels, float64 (phases,)."""
        return np.asarray(self.levels[:-1].sum(axis=0) + self._beyond)

    @property
    def mean_level(self) -> float:
        """The mean level."""
        first = len(self.levels) - 1
        further = np.linalg.solve(self._rest.T, self._beyond @ self.ratio)
        below = np.arange(first) @ self.levels[:-1].sum(axis=1)
        return float(below + first * self._beyond.sum() + further.sum())

    @property
    def _rest(self) -> FloatArray:
        return np.asarray(np.eye(len(self.ratio)) - self.ratio)

    @property
    def _beyond(self) -> FloatArray:
        """The probability of each phase over the levels that repeat."""
        return np.asarray(np.linalg.solve(self._rest.T, self.levels[-1]))


def stationary(rates: ArrayLike) -> FloatArray:
    """Return the steady state of a chain with finitely many states.

    The balance equations, one of them replaced by the sum of the probabilities being 1.

    Args:
        rates: float64 (states, states), the rate from each state (rows) to each other one, 0 or
            more; the diagonal is not looked at. Every state must lead to every other.

    Returns:
        float64 (states,), the long-run share of time in each state.

    Raises:
        ValueError: the rates are not such a square, or more than 4096 states are given.
        numpy.linalg.LinAlgError: there is no single steady state.
    """
    balance = _generator(_square(rates)).T
    balance[-1] = 1.0
    return np.asarray(np.linalg.solve(balance, np.eye(len(balance))[-1]))


def level_chain(blocks: Sequence[Blocks]) -> LevelChain:
    """Return the steady state of a quasi-birth-death chain: it moves by one level at a time.

    The ratio of the levels that repeat is found by logarithmic reduction (Latouche and Ramaswami
    1993, Journal of Applied Probability 30:650-674), the levels below by linear equations.

    Args:
        blocks: the rates of the levels 0, 1, ...; the last of them are those of all further
            levels too. All have the same number of phases.

    Raises:
        ValueError: no blocks are given, they do not fit one another, or the chain drifts upwards
            without end.
    """
    if not blocks:
        raise ValueError("blocks is empty; at least one level is required")
    many = _square(blocks[0].within).shape
    if any(_square(part).shape != many for level in blocks for part in level):
        raise ValueError("blocks have different numbers of phases; all must have the same")
    rises, falls = drift(blocks[-1])
    if rises >= falls:
        raise ValueError(
            f"the chain goes up at rate {rises:g} and down at {falls:g} when its level is high; "
            "down must be faster, or the level grows without end"
        )
    ratio = _ratio(blocks[-1])
    levels = _lowest(blocks, ratio)
    return LevelChain(levels=levels, ratio=ratio)


def drift(block: Blocks) -> tuple[float, float]:
    """Return the mean rates up and down of a level that repeats, its phases in balance.

    Raises:
        ValueError: as `stationary`.
    """
    phases = stationary(block.down + block.within + block.up)
    return float(phases @ block.up.sum(axis=1)), float(phases @ block.down.sum(axis=1))


def _square(rates: ArrayLike) -> FloatArray:
    """Return rates as float64 (n, n), after looking at them."""
    values = np.asarray(rates, dtype=np.float64)
    if values.ndim != 2 or values.shape[0] != values.shape[1] or not len(values):
        raise ValueError(f"rates have the shape {values.shape}; a square is required")
    if len(values) > _MOST_STATES:
        raise ValueError(f"there are {len(values)} states; at most {_MOST_STATES} are solved")
    off = values[~np.eye(len(values), dtype=np.bool_)]
    if not (np.isfinite(off).all() and (off >= 0).all()):
        raise ValueError("rates hold a value that is negative or not finite")
    return values


def _generator(rates: FloatArray, *others: FloatArray) -> FloatArray:
    """Return rates with minus the total rate on the diagonal; ``others`` lead elsewhere."""
    found = rates - np.diag(np.diag(rates))
    total = found.sum(axis=1) + sum(part.sum(axis=1) for part in others)
    return np.asarray(found - np.diag(total))


def _ratio(block: Blocks) -> FloatArray:
    """Return the matrix that leads from the probabilities of a level to those of the next."""
    same = np.eye(len(block.within))
    within = _generator(block.within, block.down, block.up)
    low, high = np.linalg.solve(-within, block.down), np.linalg.solve(-within, block.up)
    first, path = low.copy(), high.copy()  # ever one level down, and on which way
    for _ in range(_STEPS):
        rest = same - high @ low - low @ high
        high, low = np.linalg.solve(rest, high @ high), np.linalg.solve(rest, low @ low)
        more = path @ low
        first, path = first + more, path @ high
        if more.max(initial=0.0) < 1e-17:
            break
    return np.asarray(np.linalg.solve(-(within + block.up @ first).T, block.up.T).T)


def _lowest(blocks: Sequence[Blocks], ratio: FloatArray) -> FloatArray:
    """Return the probabilities of the levels up to the first that repeats."""
    many, levels = len(ratio), len(blocks)
    chain = np.zeros((levels, many, levels, many))
    nothing = np.zeros_like(ratio)
    for k, block in enumerate(blocks):
        down = block.down if k else nothing
        chain[k, :, k] = _generator(block.within, down, block.up)
        if k:
            chain[k, :, k - 1] = down
        if k + 1 < levels:
            chain[k, :, k + 1] = block.up
    chain[-1, :, -1] += ratio @ blocks[-1].down
    balance = chain.reshape(levels * many, levels * many).T.copy()
    weights = np.ones((levels, many))
    weights[-1] = np.linalg.solve(np.eye(many) - ratio, np.ones(many))
    balance[-1] = weights.ravel()
    return np.asarray(np.linalg.solve(balance, np.eye(len(balance))[-1]).reshape(levels, many))
