"""The charts of the method: how ranges narrow with the repetitions, and where a warm-up ends."""

from collections.abc import Iterator

import numpy as np

from simcare.analysis import curves
from simcare.analysis.half_widths import half_widths
from simcare.analysis.table_names import PRECISION, WAITING, WARM_UP
from simcare.analysis.warm_up import WarmUp
from simcare.report import charts
from simcare.report.charts import Line, Narrowing
from simcare.report.outcome_words import called
from simcare.report.pictures import Picture, View
from simcare.report.warm_up import worst


def narrowing(view: View) -> Iterator[Picture]:
    """Yield how the ranges of the main difference narrow, where there is more than one look."""
    shown = [*view.titles]
    found = [
        one
        for one in half_widths(view.findings)
        if one.case == view.case and one.policy in shown and len(one.looks) > 1
    ]
    known = [one for one in found if any(np.isfinite(look.half_width) for look in one.looks)]
    if not known:
        return
    lines = [
        Narrowing(view.titles[one.policy], shown.index(one.policy), one.looks) for one in known
    ]
    first = known[0]
    outcome = called(
        first.outcome.name, first.outcome.where, f"{view.findings.about.deadline_days:g}"
    )
    base = view.titles[first.base] if first.base else ""
    yield Picture(
        "range-by-repetitions", (PRECISION,), charts.narrowing(lines, outcome, base, first.stop)
    )


def warm_up(view: View) -> Iterator[Picture]:
    """Yield the list that says the worst of the warm-up, under each policy."""
    every: list[WarmUp] = [one for scenario in view.scenarios for one in scenario.warm_ups]
    if not every:
        return
    found = worst(every)
    key = curves.waiting_key(found.capacity)
    lines = [
        Line(view.titles[s.policy], s.waiting.get(found.capacity) or curves.unknown(key))
        for s in view.scenarios
    ]
    had = view.findings.about.warm_up_days
    yield Picture("warm-up", (WAITING, WARM_UP), charts.warm_up(lines, found, had))
