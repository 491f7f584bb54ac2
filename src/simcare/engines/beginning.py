"""The people of day 0 as arrays, in the order in which they come."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simcare.kernels.draws import name_id
from simcare.kernels.tables import PRESENT, WAITED, WAS_THERE
from simcare.model.beginning import HERE_AT_THE_START, Beginning
from simcare.model.population import Population


@dataclass(frozen=True)
class Here:
    """The people of day 0, in the order in which they come: those there, then those who wait.

    ``present`` are PRESENT rows, ``ids`` their ids (uint64), ``known`` float64 (people, columns):
    their attributes by column, categories by number, nan where they are to be drawn.
    """

    present: NDArray[np.void]
    ids: NDArray[np.uint64]
    known: NDArray[np.float64]

    @classmethod
    def nobody(cls, columns: int) -> "Here":
        """Return that nobody is there on day 0, of a population with so many columns."""
        return cls(np.zeros(0, PRESENT), np.zeros(0, np.uint64), np.zeros((0, columns)))


def here(
    beginning: Beginning, stages: Sequence[str], columns: Sequence[str], population: Population
) -> Here:
    """Return a beginning as arrays, for a service and a population that it fits."""
    rows = beginning.in_order()
    present = np.zeros(len(rows), PRESENT)
    known = np.full((len(rows), len(columns)), np.nan)
    stage_of = {name: k for k, name in enumerate(stages)}
    column_of = {name: k for k, name in enumerate(columns)}
    number_of = {
        (name, category): float(k)
        for name, attribute in population.attributes.items()
        for k, category in enumerate(attribute.categories)
    }
    for k, one in enumerate(beginning.people[row] for row in rows):
        state = WAITED if one.is_waiting else WAS_THERE
        present[k] = (stage_of[one.stage], -one.since, 0, 0, state, one.episode - 1)
        for name, value in one.attributes.items():
            known[k, column_of[name]] = number_of[name, value] if isinstance(value, str) else value
    return Here(present, ids_of(rows), known)


def ids_of(rows: Sequence[int] | NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the ids of the people in these rows of a list."""
    return np.uint64(name_id(HERE_AT_THE_START)) << np.uint64(32) | np.array(rows, np.uint64)
