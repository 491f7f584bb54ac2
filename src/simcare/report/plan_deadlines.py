"""What the planner's part says of deadlines: how often each is breached, and when."""

from collections.abc import Iterator

import numpy as np

from simcare.analysis.deadlines import BREACHED, BREACHES, DAYS_LATE
from simcare.analysis.estimates import mean_interval, round_to_range
from simcare.analysis.findings import Found
from simcare.analysis.table_names import DEADLINES, SUMMARY
from simcare.analysis.wellbeing import WELLBEING
from simcare.report import charts
from simcare.report.charts import Line
from simcare.report.draft import Draft
from simcare.report.drawing import people, tenth, whole
from simcare.report.page import Block, Heading
from simcare.report.pictures import Picture, View
from simcare.report.plan_wellbeing import has_wellbeing
from simcare.report.words import headings, say, spoken

HEADER = (
    "page.deadlines.name",
    "policy",
    "page.deadlines.breached",
    "page.deadlines.a_year",
    "page.deadlines.late",
    "page.deadlines.past_due",
)

MANY = 10.0  # from here on numbers are whole


def blocks(draft: Draft) -> Iterator[Block]:
    """Yield a table of the deadlines and a chart of the one that is breached most, if any."""
    scenarios = draft.view.scenarios
    names = list(dict.fromkeys(name for s in scenarios for name in s.breached))
    if not names:
        return
    yield Heading(say("page.deadlines"))
    past_due = [_past_due(s, name) for name in names for s in scenarios if name in s.breached]
    write = tenth if people(past_due) else whole
    fares = any(map(has_wellbeing, scenarios))
    rows = [
        (
            spoken(name),
            draft.titles.of(s.policy),
            *_cells(s, name),
            write(_past_due(s, name)),
            *((tenth(s.mean_of(WELLBEING)),) if fares else ()),
        )
        for name in names
        for s in scenarios
        if name in s.breached
    ]
    header = headings(*HEADER, *(("page.deadlines.wellbeing",) if fares else ()))
    yield draft.grid(say("page.deadlines.caption"), header, rows, SUMMARY)
    yield from draft.draw(_picture(draft.view, names))


def _cells(found: Found, name: str) -> tuple[str, ...]:
    return (
        _ranged(found, f"{BREACHED}{name}"),
        whole(found.mean_of(f"{BREACHES}{name}")),
        _few(found.mean_of(f"{DAYS_LATE}{name}")),
    )


def _past_due(found: Found, name: str) -> float:
    """Return how many people are past due, mean over the days measured; nan if there are none."""
    late = found.late[name].mean
    return float(late.mean()) if len(late) else float("nan")


def _few(value: float) -> str:
    """Return a number with a decimal where it is small."""
    return whole(value) if abs(value) >= MANY else tenth(value)


def _ranged(found: Found, name: str) -> str:
    """Return the mean of a share of 100 with its range over replications, where there is one."""
    values = next((v for o, v in found.outcomes.items() if o.name == name), np.zeros(0))
    e = mean_interval(values)
    if not e.n:
        return say("ui.no_data")
    if e.n == 1:
        return whole(e.mean)
    half = max((e.upper - e.lower) / 2.0, 0.1)
    mean, low, high = (
        round_to_range(min(max(x, 0.0), 100.0), half) for x in (e.mean, e.lower, e.upper)
    )
    return say("fmt.mean_and_range", mean=mean, low=low, high=high)


def _picture(view: View, names: list[str]) -> Iterator[Picture]:
    """Yield breaches by month of the deadline that is breached most, if one ever is."""
    most = {name: max(_breaches(s, name) for s in view.scenarios) for name in names}
    name = max(names, key=lambda name: most[name])
    if not most[name]:
        return
    lines = [
        Line(view.titles[s.policy], s.breached[name]) for s in view.scenarios if name in s.breached
    ]
    yield Picture("breaches", (DEADLINES,), charts.breaches(lines, spoken(name)))


def _breaches(found: Found, name: str) -> float:
    return float(found.breached[name].mean.sum()) if name in found.breached else 0.0
