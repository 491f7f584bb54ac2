"""How often the interval of a run that goes on until it is narrow holds what it should hold."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.estimates import mean_interval
from simcare.analysis.precision import Look, Precision, look, looks, stop

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Floats]

# Each has mean 0 and standard deviation 1.
LAWS: dict[str, Draw] = {
    "normal": lambda rng, n: rng.standard_normal(n),
    "exponential": lambda rng, n: rng.standard_exponential(n) - 1.0,
    "lognormal": lambda rng, n: (
        (rng.lognormal(0.0, 1.0, n) - np.exp(0.5)) / np.sqrt((np.e - 1.0) * np.e)
    ),
    "Student t, 3": lambda rng, n: rng.standard_t(3, n) / np.sqrt(3.0),
}


@dataclass(frozen=True)
class Coverage:
    """Of so many runs, how many have an interval that holds the mean; their mean length."""

    runs: int
    held: int
    replications: float


def of_rule(law: str, half_width: float, at_least: int, runs: int, seed: int) -> Coverage:
    """Return the coverage of runs that stop by the rule, with a ceiling of 2,000 replications."""
    ends = looks(at_least, 2000)
    return _coverage(law, runs, seed, lambda values: _stopped(values, half_width, ends))


def of_fixed(law: str, replications: int, runs: int, seed: int) -> Coverage:
    """Return the coverage of runs with a fixed number of replications."""
    return _coverage(law, runs, seed, lambda values: replications)


def of_first_narrow(law: str, half_width: float, runs: int, seed: int) -> Coverage:
    """Return the coverage of runs that look after each replication and stop at the first success.

    That is what nobody should do.
    """
    return _coverage(law, runs, seed, lambda values: _first_narrow(values, half_width))


def _coverage(law: str, runs: int, seed: int, length: Callable[[Floats], int]) -> Coverage:
    rng, lengths, held = np.random.default_rng(seed), [], 0
    for _ in range(runs):
        values = LAWS[law](rng, 2000)
        n = length(values)
        found = mean_interval(values[:n])
        held += found.lower <= 0.0 <= found.upper
        lengths.append(n)
    return Coverage(runs, held, float(np.mean(lengths)))


def _stopped(values: Floats, half_width: float, ends: tuple[int, ...]) -> int:
    asked, seen = Precision("value", half_width=half_width), list[list[Look]]()
    for n in ends:
        seen.append([look(values, None, n, asked)])
        if stop(seen, is_last=n == ends[-1]) is not None:
            return n
    raise AssertionError("it never stopped")


def _first_narrow(values: Floats, half_width: float) -> int:
    asked = Precision("value", half_width=half_width)
    return next(n for n in range(3, 2001) if look(values, None, n, asked).is_enough)
