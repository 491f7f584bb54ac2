"""What records are held against: deadlines, prices, ways in and attributes, as numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simcare.kernels.tables import NONE

Test = tuple[int, float, float]


@dataclass(frozen=True)
class Rule:
    """How long there is, for those who pass all tests.

    A test is (column, at least, below), of the columns of a client's attributes. It is due after
    ``ticks`` or, where these are NONE, at the tick of ``dues`` for the day on which it begins;
    the days before the run, -1 being the last of them, stand at its end.
    """

    tests: tuple[Test, ...]
    ticks: int = NONE
    dues: tuple[int, ...] = ()


@dataclass(frozen=True)
class Terms:
    """A deadline: where it begins, what keeps it, and by when; all stages as numbers.

    It begins when one of ``begins`` is asked for or, if ``after``, is completed. ``keeps`` are the
    stages whose start keeps it, ``leads`` those from which one of them can still be reached in the
    episode. Time in ``not_counting`` is added to it. The last of the rules is for everybody.
    """

    name: str
    after: bool
    begins: tuple[int, ...]
    keeps: tuple[int, ...]
    leads: tuple[int, ...]
    not_counting: tuple[int, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Price:
    """What visits to a stage, the places of a capacity, or a year cost one payer (or nobody named).

    ``by`` says of which it is, ``name`` its name and ``number`` that of the stage or the capacity.
    A visit costs something when it begins, for each day there, and for each day of waiting;
    ``bought_per_day`` is the price of places that are bought for it, also while one is lost to an
    offer that was missed. A place costs ``per_day`` that it is there.
    """

    by: str
    name: str
    number: int = NONE
    payer: str = ""
    per_visit: float = 0.0
    per_day: float = 0.0
    per_day_waiting: float = 0.0
    bought_per_day: float = 0.0
    per_year: float = 0.0


@dataclass(frozen=True, eq=False)
class Fares:
    """How areas of life drift: by condition, and by where people are.

    ``at_first`` and ``weights`` are float64 (areas,), ``towards`` and ``half_life_days`` float64
    (conditions, areas), 0 days where an area stays as it is. ``while_waiting`` and ``while_there``
    are the rows of the conditions by stage; ``outside`` and ``dead`` those of who is out of the
    service, and has died. ``utility`` is the number of the area that is one, or NONE.
    """

    areas: tuple[str, ...]
    at_first: NDArray[np.float64]
    weights: NDArray[np.float64]
    towards: NDArray[np.float64]
    half_life_days: NDArray[np.float64]
    while_waiting: tuple[int, ...]
    while_there: tuple[int, ...]
    outside: int
    dead: int
    utility: int


@dataclass(frozen=True)
class Way:
    """A way in: the number of an arrival stream, and of the stage at which its people ask first."""

    name: str
    stream: int
    stage: int


# Where bands of a number from 0 to 1 begin.
BAND_EDGES = (0.4, 0.6)
BANDS = ("below 0.4", "0.4 to 0.6", "0.6 and more")


@dataclass(frozen=True)
class Trait:
    """An attribute by which people are grouped: the column that holds it, and its categories.

    A number from 0 to 1 has none: it is grouped by bands.
    """

    name: str
    column: int
    categories: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the groups, in their order."""
        return self.categories or BANDS

    def group_of(self, values: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the number of the group of each value: a category, or a band."""
        if self.categories:
            return values.astype(np.intp)
        return np.digitize(values, BAND_EDGES)
