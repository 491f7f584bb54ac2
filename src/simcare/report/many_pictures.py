"""The charts of many scenarios: ranked by the main outcomes, and over the numbers of a sweep."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simcare.analysis.estimates import mean_interval, paired_difference
from simcare.analysis.findings import About, Found, Swept
from simcare.analysis.outcomes import DAYS, POINTS, Outcome
from simcare.analysis.ranking import rank
from simcare.analysis.table_names import OUTCOMES
from simcare.analysis.wellbeing import WELLBEING
from simcare.report import charts
from simcare.report.answer import GAVE_UP, STARTED
from simcare.report.charts import Chart
from simcare.report.drawing import whole
from simcare.report.outcome_words import FULL, LABELS, OF_SOME, short_name, with_days
from simcare.report.pictures import Picture, View, named
from simcare.report.settings import name_of
from simcare.report.words import capital, say

WAITED = "days waited of the first 180"
Measured = tuple[Outcome, NDArray[np.float64]]
Points = list[tuple[float, Measured | None]]


MAIN = (STARTED, GAVE_UP, WAITED)
FILES = {STARTED: "starts", GAVE_UP: "giving-up", WAITED: "waiting", WELLBEING: "wellbeing"}


def many(view: View) -> Iterator[Picture]:
    """Yield the charts of many scenarios, the most telling first; none where there are two."""
    yield from swept(view, MAIN)
    yield from ranking(view, (STARTED, GAVE_UP))


def faring(view: View) -> Iterator[Picture]:
    """Yield the same charts of how people fare, where that is told."""
    yield from swept(view, (WELLBEING,))
    yield from ranking(view, (WELLBEING,))


def ranking(view: View, names: Sequence[str]) -> Iterator[Picture]:
    """Yield all policies ranked by some outcomes, if there are several."""
    about, scenarios = view.findings.about, view.findings.of(view.case)
    if len(scenarios) < 3:
        return
    for name in names:
        values = {s.policy: _of(s, name) for s in scenarios}
        base, *others = scenarios
        known = {s.policy: found[1] for s in others if (found := values[s.policy]) is not None}
        first = values[base.policy]
        if first is None or not known:
            continue
        places = rank(first[1], known, first[0].better, base.policy)
        rows = [replace(place, policy=about.policies[place.policy]) for place in places]
        label = _label(name, about)
        delta, unit = (
            (0.0, say("measure.points"))
            if name == WELLBEING
            else (about.smallest_people, say("measure.people_of_100"))
        )
        chart = charts.which_policy(rows, label, about.policies[base.policy], delta, unit)
        if not chart.title.lower().startswith(label):
            chart = named(chart, short_name(name))
        yield Picture(f"ranked-by-{FILES[name]}", (OUTCOMES,), chart)


def swept(view: View, names: Sequence[str]) -> Iterator[Picture]:
    """Yield some outcomes over each swept number, a line for each other combination."""
    about, scenarios = view.findings.about, view.findings.of(view.case)
    for setting in about.swept:
        numbers = {p: v for p, v in setting.values.items() if not isinstance(v, str)}
        if len(set(numbers.values())) < 2:
            continue
        lines = _lines(view, setting, [s for s in scenarios if s.policy in numbers])
        for name in names:
            found = {title: [(x, _of(s, name)) for x, s in line] for title, line in lines.items()}
            chart = _over_values(setting.path, name, found, about)
            if chart is not None:
                if not chart.title.startswith(capital(_label(name, about))):
                    chart = named(chart, short_name(name))
                yield Picture(
                    f"{FILES[name]}-by-{setting.path.replace('.', '-')}", (OUTCOMES,), chart
                )


def _of(scenario: Found, name: str) -> Measured | None:
    """Return an outcome with its values over replications; None if nobody ever qualified."""
    for outcome, values in scenario.outcomes.items():
        if outcome.name == name and not outcome.where and np.isfinite(values).any():
            return outcome, values
    return None


def _label(name: str, about: About) -> str:
    """Return an outcome as readers know it."""
    days = whole(about.deadline_days)
    labels = {label.name: label.label for label in LABELS}
    return with_days(labels.get(name) or (FULL | OF_SOME)[name], days)


def _lines(
    view: View, setting: Swept, scenarios: Sequence[Found]
) -> dict[str, list[tuple[float, Found]]]:
    """Return the scenarios over one swept number, by what else was swept, in rising order."""
    others = [s for s in view.findings.about.swept if s.path != setting.path]
    lines: dict[str, list[tuple[float, Found]]] = {}
    for scenario in scenarios:
        title = ", ".join(s.said[scenario.policy] for s in others if scenario.policy in s.said)
        value = float(setting.values[scenario.policy])
        lines.setdefault(title or name_of(setting.path), []).append((value, scenario))
    return {title: sorted(line, key=lambda at: at[0]) for title, line in lines.items()}


def _over_values(path: str, name: str, lines: Mapping[str, Points], about: About) -> Chart | None:
    """Return the chart of an outcome over a swept number; None if nobody ever qualified."""
    series, outcome = [], None
    for title, points in lines.items():
        known = [(x, found) for x, found in points if found is not None]
        if not known:
            continue
        estimates = [mean_interval(values) for _, (_, values) in known]
        outcome = known[0][1][0]
        series.append(
            charts.Swept(
                title,
                np.array([x for x, _ in known]),
                np.array([e.mean for e in estimates]),
                np.array([e.lower for e in estimates]),
                np.array([e.upper for e in estimates]),
            )
        )
        first, last = known[0][1][1], known[-1][1][1]
    if outcome is None:
        return None
    n = min(len(first), len(last))
    units = {DAYS: ("measure.days", about.smallest_days), POINTS: ("measure.points", 0.0)}
    unit, delta = units.get(outcome.unit, ("measure.of_100", about.smallest_people))
    return charts.over_values(
        series,
        name_of(path),
        _label(name, about),
        say(unit),
        outcome.better,
        change=paired_difference(first[:n], last[:n]),
        delta=delta,
    )
