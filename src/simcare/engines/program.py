"""A scenario as an engine reads it: tables, places, and the names to read its records by."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simcare.kernels import tables as t


@dataclass(frozen=True)
class Place:
    """One unit of a capacity, with a list of its own, and whose it is where that is split.

    ``by`` is the attribute that the capacity is split by and ``category`` the one whose unit this
    is; both are empty where it is not split.
    """

    capacity: str
    unit: int
    number: int
    by: str = ""
    category: str = ""


@dataclass(frozen=True)
class Program:
    """A scenario as an engine reads it, with the names to read its records by.

    ``places`` are the units of the capacities in the order of their names; ``changes`` are ordered
    by tick, then place.
    """

    tables: t.Tables
    arrivals: t.Arrivals
    places: tuple[Place, ...]
    changes: NDArray[np.void]
    horizon: int
    stages: tuple[str, ...]
    streams: tuple[str, ...]
    columns: tuple[str, ...]

    def first_places(self) -> list[int | None]:
        """Return, for each stage, the place of the first unit of what it asks for, if anything."""
        first = self.tables.capacities["first_place"].tolist()
        return [first[c] if c >= 0 else None for c in self.tables.stages["capacity"].tolist()]

    def groups(self) -> NDArray[np.int64]:
        """Return, for each place, whose it is: int64 (places, 2) of (attribute, category).

        Both are numbered in the order of their names; they are NONE where a capacity is not split.
        """
        attributes = sorted({place.by for place in self.places if place.by})
        categories = sorted({place.category for place in self.places if place.by})
        rows = [
            (attributes.index(place.by), categories.index(place.category))
            if place.by
            else (t.NONE, t.NONE)
            for place in self.places
        ]
        return np.array(rows, np.int64).reshape(-1, 2)
