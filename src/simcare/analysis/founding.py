"""How well a number is founded, by what is said of where it is from."""

from typing import Literal

ASSUMED = "assumed"
Grade = Literal["sourced", "partly assumed", "assumed", "no source given"]


def grade_of(source: str) -> Grade:
    """Return how well a number with this source is founded; an empty text is none."""
    if not source:
        return "no source given"
    if source.startswith(ASSUMED):
        return "assumed"
    return "partly assumed" if ASSUMED in source else "sourced"
