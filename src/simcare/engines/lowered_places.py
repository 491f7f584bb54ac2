"""Capacities as rows: their units with places, and how many there are from when on."""

from collections.abc import Mapping

from simcare.engines.addresses import words
from simcare.engines.lowered_lives import Lowering
from simcare.engines.program import Place
from simcare.kernels import tables as t
from simcare.model.capacity import Capacity
from simcare.model.scenario import split
from simcare.model.ticks import ticks


def _spread(number: int, units: int) -> list[int]:
    """Deal a number out over units, as evenly as it goes, the first ones getting one more."""
    return [number // units + (unit < number % units) for unit in range(units)]


def lowered_places(
    capacities: Mapping[str, Capacity], low: Lowering
) -> tuple[list[tuple[int, ...]], list[Place], list[tuple[int, int, int]]]:
    """Return the rows of the capacities, their units, and the changes of these by tick and place.

    The rows of the capacities come first, in the order of their names; then those of the parts.
    """
    word = words(capacities, "capacities")
    rows: list[tuple[int, ...]] = []
    parts: list[tuple[int, ...]] = []
    places: list[Place] = []
    changes: list[tuple[int, int, int]] = []
    for name in sorted(capacities):
        whole = capacities[name]
        first, by = len(places), whole.by or ""
        column, row = t.NONE, t.NONE
        if by:
            column, row = low.columns.index(by), len(capacities) + len(parts)
        for category, part in split(whole, low.population).items():
            start = len(places)
            for number in _spread(part.number, part.number_of_units):
                places.append(Place(name, len(places) - first, number, by, category))
            for change in part.changes:
                for unit, number in enumerate(_spread(change.total, part.number_of_units)):
                    changes.append((ticks(change.day), start + unit, number))
            if by:
                parts.append((word[name], part.number, part.number_of_units, start, t.NONE, t.NONE))
        rows.append((word[name], whole.number, len(places) - first, first, column, row))
    return [*rows, *parts], places, sorted(changes)
