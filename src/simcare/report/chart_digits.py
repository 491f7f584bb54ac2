"""As many decimals as ranges support, the same in a whole column; titles of at most 12 words."""

import math
from collections.abc import Iterable, Sequence
from statistics import median

from simcare.analysis.estimates import round_to_range
from simcare.report.words import capital, say

MOST_DECIMALS = 3
FINEST = 0.01  # what is smaller is rounding in the last place of people of 100
MOST_WORDS = 12


def decimals(half_widths: Iterable[float], values: Sequence[float] = ()) -> int:
    """Return the decimals that a column's ranges support, by the middle one of their half-widths.

    Where there is no range with a width: none if the values are large or whole, else one.
    """
    known = [h for h in half_widths if math.isfinite(h) and h > 0]
    if not known:
        some = [v for v in values if math.isfinite(v)]
        small = bool(some) and max(map(abs, some)) < 10
        return int(small and any(v != int(v) for v in some))
    supported = (d for d in range(MOST_DECIMALS) if median(known) >= 10.0**-d)
    return next(supported, MOST_DECIMALS)


def clear_of_zero(lower: float, upper: float, half_width: float) -> float:
    """Return the half-width to round a range by, so that it is seen to be clear of zero.

    It is the one given, or a tenth of it, or a hundredth, where an end that is not 0 would else be
    written so; no finer than two decimals. Of a range that holds zero, and where there is none, it
    is the one given.
    """
    if not (lower > 0 or upper < 0):
        return half_width
    nearest = min(abs(lower), abs(upper))
    while half_width > FINEST and float(round_to_range(nearest, half_width)) == 0:
        half_width = max(half_width / 10.0, FINEST)
    return half_width


def told_apart(values: Sequence[float], places: int) -> int:
    """Return at least so many decimals as values need to be written unlike each other."""
    unlike = len(set(values))
    enough = (
        d for d in range(places, MOST_DECIMALS) if len({written(v, d) for v in values}) == unlike
    )
    return next(enough, MOST_DECIMALS)


def written(value: float, places: int) -> str:
    """Return a number with so many decimals, half away from zero, or "no data"."""
    return round_to_range(value, 10.0**-places) if math.isfinite(value) else say("ui.no_data")


def about(titles: Sequence[str], names: Sequence[str]) -> str:
    """Return a title that begins with what a chart is about: the first name that has room.

    ``titles`` say the same, the longest first; where no name has room it is the first of them.
    """
    named = [say("chart.about", what=capital(name), title=one) for name in names for one in titles]
    return title(*named, titles[0])


def title(*sentences: str) -> str:
    """Return the first sentence that is short enough for a title, else the last."""
    short = (s for s in sentences if len(s.split()) <= MOST_WORDS)
    return next(short, sentences[-1])
