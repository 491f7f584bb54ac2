"""Amounts of money and differences with their ranges, as they are written."""

import math
from collections.abc import Callable

from simcare.analysis.estimates import Estimate
from simcare.report.words import MINUS, say


def signed(value: float) -> str:
    """Return an amount to three digits, its thousands apart, or "no data"."""
    if not math.isfinite(value):
        return say("ui.no_data")
    return f"{float(f'{value:.3g}'):,.0f}".replace("-0", "0").replace("-", MINUS)


def price(value: float) -> str:
    """Return a price as it was chosen, its thousands apart."""
    return f"{value:,.0f}" if value == round(value) else f"{value:,g}"


def ranged(estimate: Estimate, write: Callable[[float], str]) -> str:
    """Return a difference with its range, where it has one."""
    mean, low, high = (write(x) for x in (estimate.mean, estimate.lower, estimate.upper))
    return say("fmt.mean_and_range", mean=mean, low=low, high=high) if estimate.n > 1 else mean
