"""What lists say of the warm-up, as rows of a table and back."""

from collections.abc import Sequence

from simcare.analysis.warm_up import Settled, WarmUp

HEADER = ("case", "policy", "capacity", "verdict", "recommended_days")
TEXTS = 2  # columns, after those that name the scenario


def row_of(row: WarmUp) -> tuple[str, str, float]:
    """Return what a list says as a row of the columns after those that name the scenario."""
    return (row.capacity, str(row.verdict), row.days)


def row_from(row: Sequence[str | float | int]) -> WarmUp:
    """Return what a list says from its row; raise ValueError if its verdict is none."""
    capacity, verdict, days = row
    return WarmUp(str(capacity), float(days), Settled(str(verdict)))
