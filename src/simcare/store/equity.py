"""The table of who gets what: a row for each number of groups, and back."""

from collections.abc import Sequence

from simcare.analysis.equity import MEASURES, EquityRow
from simcare.analysis.estimates import Estimate
from simcare.analysis.outcomes import FEWER, MORE, NEITHER, Outcome

HEADER = (
    "case", "policy", "attribute", "outcome", "over", "unit", "better", "measure", "group",
    "other_group", "mean", "lower_95", "upper_95", "replications",
)  # fmt: skip
TEXTS = 8  # columns between those that name the scenario and the numbers
_BETTER = {"more": MORE, "less": FEWER, "neither": NEITHER}
_SAID = {side: word for word, side in _BETTER.items()}

Cell = str | float | int


def row_of(row: EquityRow) -> Sequence[Cell]:
    """Return the cells of a row, without the two that name the scenario."""
    o, e = row.outcome, row.estimate
    what = (row.attribute, o.name, o.over, o.unit, _SAID[o.better], row.measure)
    return (*what, row.group, row.other, e.mean, e.lower, e.upper, e.n)


def row_from(cells: Sequence[Cell]) -> EquityRow:
    """Return the row that cells hold; raise ValueError if they hold none."""
    attribute, called, over, unit, better, measure, group, other, mean, lower, upper, n = cells
    for name, cell, allowed in (("better", better, _BETTER), ("measure", measure, MEASURES)):
        if cell not in allowed:
            raise ValueError(f"equity.csv has {name} {cell!r}; allowed: {', '.join(allowed)}")
    outcome = Outcome(str(called), str(over), unit=str(unit), better=_BETTER[str(better)])
    estimate = Estimate(float(mean), float(lower), float(upper), int(n))
    return EquityRow(str(attribute), outcome, str(measure), str(group), str(other), estimate)
