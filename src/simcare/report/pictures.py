"""Which charts a report has: drawn from findings, each under the name of its files.

Charts show one case. Of many policies they show the base and the three that get most people into
treatment in time, in the order in which they are compared; the ranking shows all.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from simcare.analysis import curves
from simcare.analysis.comparison import ComparisonRow, row_of
from simcare.analysis.curves import Key
from simcare.analysis.findings import Findings, Found
from simcare.analysis.outcomes import POINTS
from simcare.analysis.records import is_part, whole_of
from simcare.analysis.table_names import COMPARISON, CURVES, FLOWS, SUMMARY
from simcare.analysis.table_names import WAITING as WAITING_BY_MONTH
from simcare.analysis.wellbeing import WELLBEING
from simcare.report import charts
from simcare.report.answer import GAVE_UP, STARTED
from simcare.report.chart_digits import about
from simcare.report.charts import NARROW, Chart, Line
from simcare.report.drawing import whole
from simcare.report.outcome_words import BESIDE, short_name, with_days
from simcare.report.words import say, spoken

WAITING = "people waiting"
SHOWN = 4
A_LIST = 1.0  # people; where fewer wait on average there is no list to draw
MONTH_DAYS = 30.0
HINGES = {
    STARTED: "starts-hinge-on",
    GAVE_UP: "giving-up-hinges-on",
    WELLBEING: "wellbeing-hinges-on",
}


@dataclass(frozen=True)
class Picture:
    """A chart under a name, with a second one for small screens if it needs that.

    ``numbers_in`` are the files of the results folder that hold its numbers.
    """

    name: str
    numbers_in: tuple[str, ...]
    chart: Chart
    narrow: Chart | None = None


@dataclass(frozen=True)
class View:
    """One case of some findings, and which of its policies charts show."""

    findings: Findings
    case: str
    scenarios: tuple[Found, ...]

    @property
    def titles(self) -> dict[str, str]:
        """Return the titles of the policies shown, the base first."""
        known = self.findings.about.policies
        return {s.policy: known[s.policy] for s in self.scenarios}

    def named(self, chart: str, policy: str) -> str:
        """Return the name of a policy's own chart: with its place in the comparison if it needs."""
        every = [*self.findings.about.policies]
        return chart if len(every) <= 2 else f"{chart}-{every.index(policy) + 1}"

    def rows(self, policy: str) -> list[ComparisonRow]:
        """Return the differences of a policy from the base."""
        every = self.findings.comparison
        return [r for r in every if r.case == self.case and r.policy == policy]


def view(findings: Findings, case: str) -> View:
    """Return what charts show of a case."""
    base, *others = findings.of(case)
    best = sorted(others, key=_started, reverse=True)[: SHOWN - 1]
    return View(findings, case, (base, *(s for s in others if s in best)))


def best(view: View) -> Found:
    """Return, of the policies beside the base, the one that gets most into treatment in time."""
    return max(view.scenarios[1:] or view.scenarios, key=_started)


def _started(scenario: Found) -> float:
    mean = scenario.mean_of(STARTED)
    return mean if math.isfinite(mean) else 0.0


def of_100(view: View) -> Iterator[Picture]:
    """Yield what has become of 100 people by the deadline, if there is any treatment."""
    about = view.findings.about
    if not about.marks.get("treatment"):
        return
    day = about.deadline_days
    fates = [charts.fates_at(view.titles[s.policy], s.curves, day) for s in view.scenarios]
    row = row_of(view.rows(view.scenarios[-1].policy), STARTED)
    difference = row.difference if row else None
    wide, narrow = (
        charts.of_100(fates, day, difference, about.smallest_people, width)
        for width in (charts.WIDE, NARROW)
    )
    yield Picture("of-100-people", (CURVES, COMPARISON), wide, narrow)


def starts(view: View, deadline_name: str) -> Iterator[Picture]:
    """Yield when treatment starts, if there is any."""
    about = view.findings.about
    if not about.marks.get("treatment"):
        return
    key, bed = (Key(s, curves.ASKING, "all who asked") for s in (curves.STARTED, curves.IN_A_BED))
    # More than two pairs of curves cannot be told apart.
    has_bed = bool(about.marks.get("bed")) and len(view.scenarios) <= 2
    lines = [
        charts.Starts(view.titles[s.policy], s.curves[key], s.curves[bed] if has_bed else None)
        for s in view.scenarios
    ]
    wide, narrow = (
        charts.treatment_starts(lines, about.deadline_days, deadline_name, width)
        for width in (charts.WIDE, NARROW)
    )
    yield Picture("treatment-starts", (CURVES,), wide, narrow)


def gains(view: View) -> Iterator[Picture]:
    """Yield, for each policy beside the base, what it makes better or worse."""
    about = view.findings.about
    base, *others = view.scenarios
    for scenario in others:
        found = charts.gains(view.rows(scenario.policy), about.deadline_days)
        if not found:
            continue
        titles = (view.titles[base.policy], view.titles[scenario.policy])
        wide, narrow = (
            charts.better_or_worse(found, *titles, about.smallest_people, width)
            for width in (charts.WIDE, NARROW)
        )
        yield Picture(view.named("better-or-worse", scenario.policy), (COMPARISON,), wide, narrow)


def hinges(view: View, outcome: str) -> Iterator[Picture]:
    """Yield, for each policy beside the base, what an outcome's difference hinges on.

    Nothing where no case varies an assumption.
    """
    about = view.findings.about
    cases = {n: (c.title or n, c.assumption, c.level) for n, c in about.cases.items()}
    said = {label.name: with_days(label.label, whole(about.deadline_days)) for label in BESIDE}
    for scenario in view.scenarios[1:]:
        row = row_of(view.rows(scenario.policy), outcome)
        rows = [r for r in view.findings.comparison if r.policy == scenario.policy]
        found = charts.swings(rows, outcome, scenario.policy, cases)
        if row is None or not found:
            continue
        unit = row.outcome.unit
        chart = charts.what_it_hinges_on(
            found, row.difference.mean, said[outcome], view.titles[scenario.policy],
            0.0 if unit == POINTS else about.smallest_people, row.outcome.better,
            _whose(view, scenario, outcome), unit,
        )  # fmt: skip
        yield Picture(view.named(HINGES[outcome], scenario.policy), (COMPARISON,), chart)


def _whose(view: View, scenario: Found, outcome: str) -> list[str]:
    """Return what tells the charts of one kind apart: the outcome, and of several the policy."""
    short, policy = short_name(outcome), view.titles[scenario.policy]
    if len(view.scenarios) <= 2:
        return [short]
    return [say("chart.about.of", policy=policy, outcome=short), policy]


def lists(view: View) -> list[str]:
    """Return the capacities for which people wait, most people first."""
    start = view.findings.about.warm_up_days / MONTH_DAYS
    most: dict[str, float] = {}
    for scenario in view.scenarios:
        for capacity, band in scenario.waiting.items():
            counted = band.mean[band.x > start]
            mean = float(np.nanmean(counted)) if len(counted) else 0.0
            most[capacity] = max(mean, most.get(capacity, 0.0))
    return sorted((c for c in most if most[c] >= A_LIST), key=lambda c: -most[c])


def _grows(scenario: Found, capacity: str) -> bool:
    return any(d.capacity == capacity and d.people > 0 for d in scenario.drifts)


def waiting(view: View) -> Iterator[Picture]:
    """Yield people waiting over time for each capacity that has a list."""
    start = view.findings.about.warm_up_days / MONTH_DAYS
    for capacity in lists(view):
        lines = [
            Line(
                view.titles[s.policy],
                s.waiting.get(capacity) or curves.unknown(curves.waiting_key(capacity)),
                _grows(s, capacity),
                s.mean_of(WAITING, capacity),
            )
            for s in view.scenarios
        ]
        chart = charts.people_waiting(lines, spoken(capacity), start)
        yield Picture(
            f"people-waiting-{capacity.replace('_', '-')}", (WAITING_BY_MONTH, SUMMARY), chart
        )


def waits(view: View) -> Iterator[Picture]:
    """Yield the waits by stage and clock."""
    about = view.findings.about
    every = [r for r in view.findings.summary if r.case == view.case]
    rows = [r for r in every if not is_part(r.outcome.where)]
    stages = {stage: spoken(stage) for stage, capacity in about.stages.items() if capacity}
    if found := charts.waits(rows, view.titles, stages):
        yield Picture("waits", (SUMMARY,), charts.waits_by_stage(found, about.deadline_days))
    longest = {stage for stage, capacity in about.stages.items() if capacity in lists(view)[:1]}
    rows = [r for r in every if whole_of(r.outcome.where) in longest and is_part(r.outcome.where)]
    if found := [w for w in charts.waits(rows, view.titles) if math.isfinite(w.median)]:
        yield Picture(
            "waits-by-group", (SUMMARY,), charts.waits_by_stage(found, about.deadline_days)
        )


def leaving(view: View) -> Iterator[Picture]:
    """Yield who leaves the longest list, by days since joining it."""
    for capacity in lists(view)[:1]:
        states = [
            charts.list_states(view.titles[s.policy], s.curves, capacity) for s in view.scenarios
        ]
        day = view.findings.about.deadline_days
        yield Picture(
            "leaving-the-list", (CURVES,), charts.leaving_the_list(states, spoken(capacity), day)
        )


def flows(view: View) -> Iterator[Picture]:
    """Yield where people go, if there is any treatment."""
    if not view.findings.about.marks.get("treatment"):
        return
    found = [charts.PolicyFlows(view.titles[s.policy], tuple(s.flows)) for s in view.scenarios]
    yield Picture("where-people-go", (FLOWS,), charts.where_people_go(found))


def relapse(view: View) -> Iterator[Picture]:
    """Yield relapse after discharge, if anybody is discharged."""
    if not view.findings.about.marks.get("discharge"):
        return
    key = Key(curves.RELAPSE, curves.DISCHARGE, "all discharged")
    lines = [Line(view.titles[s.policy], s.curves[key]) for s in view.scenarios]
    yield Picture("relapse-after-discharge", (CURVES,), charts.relapse_after_discharge(lines))


def named(chart: Chart, *names: str) -> Chart:
    """Return a chart whose title begins with what it is about: the first name that has room."""
    return replace(chart, title=about([chart.title], names))


def drawn(pictures: Sequence[Picture]) -> dict[str, bytes]:
    """Return the files of some charts: SVG and PNG of each."""
    files: dict[str, bytes] = {}
    for picture in pictures:
        figure = picture.chart.figure
        files[f"charts/{picture.name}.svg"] = charts.to_svg(figure, picture.name).encode()
        files[f"charts/{picture.name}.png"] = charts.to_png(figure)
    return files
