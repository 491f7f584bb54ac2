"""A scenario as an engine reads it: tables, places, and the names to read its records by."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simcare.engines.beginning import Here
from simcare.engines.timetables import Timetable
from simcare.kernels import tables as t


@dataclass(frozen=True)
class Place:
    """One unit of a capacity, with a list of its own, and whose it is where that is split.

    ``by`` is the attribute that the capacity is split by and ``category`` the one whose unit this
    is; both are empty where it is not split. Where places are bought, ``budget`` is what may be
    spent at first and ``set_aside`` what one stay takes of it, both as ticks of a place. They are
    given to so many at a time as ``together`` says.
    """

    capacity: str
    unit: int
    number: int
    by: str = ""
    category: str = ""
    budget: int = t.NEVER
    set_aside: int = 0
    together: int = 1


@dataclass(frozen=True)
class Program:
    """A scenario as an engine reads it, with the names to read its records by.

    ``places`` are the units of the capacities in the order of their names; ``changes`` are ordered
    by tick, then place. What is ``drawn`` has other numbers in each replication: ask
    :func:`simcare.engines.staffing.changes_of`. ``deadlines`` says how many of them the engine must
    know of. ``here`` are the people of day 0, who are of no stream of the service.
    """

    tables: t.Tables
    arrivals: t.Arrivals
    places: tuple[Place, ...]
    changes: NDArray[np.void]
    horizon: int
    deadlines: int
    stages: tuple[str, ...]
    streams: tuple[str, ...]
    columns: tuple[str, ...]
    capacities: tuple[str, ...]
    here: Here
    drawn: tuple[Timetable, ...] = ()

    def with_here(self, here: Here) -> "Program":
        """Return this program with these people on day 0."""
        return replace(self, here=here, tables=self.tables._replace(ruled=t.RULED))

    def first_places(self) -> NDArray[np.int64]:
        """Return the place of the first unit of each capacity that each stage asks for.

        int64 (stages, as many as any stage asks for, at least one), NONE where there is none.
        """
        width = max(1, int(self.tables.stages["asks"].max()))
        asked = self.tables.asked[:, :width]
        first = self.tables.capacities["first_place"]
        return np.where(asked == t.NONE, t.NONE, first[asked])

    def orders(self) -> NDArray[np.int64]:
        """Return the number of the order of each place's list, NONE for first come: int64."""
        by_name = dict(zip(self.capacities, self.tables.capacities["order"].tolist(), strict=False))
        return np.array([by_name[place.capacity] for place in self.places], np.int64)

    def at_first(self) -> NDArray[np.void]:
        """Return every place before the first tick, at least one: PLACE rows."""
        places = np.zeros(max(1, len(self.places)), t.PLACE)
        for row, place in zip(places, self.places, strict=False):
            row["number"], row["budget"] = place.number, place.budget
            row["set_aside"], row["together"] = place.set_aside, place.together
        places["first"] = places["last"] = t.NONE
        return places

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
