"""How intervals narrow with the replications, as rows of a table: one for each look."""

from collections.abc import Iterator

from simcare.analysis.findings import Findings
from simcare.analysis.half_widths import half_widths

HEADER = (
    "case", "base", "policy", "outcome", "over", "where", "unit", "replications", "half_width_95",
    "wanted_half_width", "stopped",
)  # fmt: skip


def rows_of(findings: Findings) -> Iterator[tuple[str | float | int, ...]]:
    """Yield a row for each look, as ``HEADER`` names them; the last of each says why it is that."""
    for found in half_widths(findings):
        o, last = found.outcome, found.looks[-1]
        names = (found.case, found.base, found.policy, o.name, o.over, o.where, o.unit)
        for one in found.looks:
            stopped = str(found.stop) if one is last else ""
            yield (*names, one.replications, one.half_width, one.wanted, stopped)
