"""Whether the warm-up was long enough by what the lists say, in words."""

from collections.abc import Sequence

from simcare.analysis.findings import Findings
from simcare.analysis.warm_up import Settled, WarmUp
from simcare.report.answer import Titles
from simcare.report.drawing import Table, whole
from simcare.report.words import headings, listed, say

SETTLED = {
    Settled.ENOUGH: "warm_up.enough",
    Settled.TOO_SHORT: "warm_up.too_short",
    Settled.RUN_TOO_SHORT: "warm_up.run_too_short",
    Settled.UNSTEADY: "warm_up.unsteady",
}
# The worst first: of several lists that is what is to be known.
WORST = (Settled.UNSTEADY, Settled.RUN_TOO_SHORT, Settled.TOO_SHORT, Settled.ENOUGH)
HEADER = ("policy", "table.case", "warm_up.list", "warm_up.recommended", "warm_up.verdict")


def table(findings: Findings, titles: Titles) -> Table | None:
    """Return what each list says of the warm-up; None where none does."""
    rows = [
        (
            titles.of(scenario.policy),
            titles.of_case(scenario.case),
            one.capacity.replace("_", " "),
            whole(one.days),
            say(SETTLED[one.verdict]),
        )
        for scenario in findings.scenarios
        for one in scenario.warm_ups
    ]
    return Table(headings(*HEADER), tuple(rows)) if rows else None


def worst(found: Sequence[WarmUp]) -> WarmUp:
    """Return the list that says the worst of the warm-up; of several the one that takes longest."""
    return min(found, key=lambda one: (WORST.index(one.verdict), -one.days if one.days > 0 else 0))


def warnings(findings: Findings, titles: Titles) -> list[str]:
    """Return what readers must know of the warm-up: that it, or the run, is too short."""
    return [said for said in (_shorter(findings, titles), _untold(findings)) if said]


def _shorter(findings: Findings, titles: Titles) -> str:
    """Return a warning that the warm-up is shorter than recommended; empty if it is not."""
    short = [
        (scenario, one)
        for scenario in findings.scenarios
        for one in scenario.warm_ups
        if one.verdict is Settled.TOO_SHORT
    ]
    if not short:
        return ""
    scenario, most = max(short, key=lambda found: found[1].days)
    return say(
        "warm_up.warning",
        k=str(len({(s.case, s.policy) for s, _ in short})),
        n=str(len(findings.scenarios)),
        had=f"{findings.about.warm_up_days:g}",
        days=whole(most.days),
        capacity=most.capacity.replace("_", " "),
        case=titles.of_case(scenario.case),
        policy=titles.of(scenario.policy),
    )


def _untold(findings: Findings) -> str:
    """Return a warning that the run is too short to recommend a warm-up; empty if it is not."""
    short = [
        (k, one.capacity.replace("_", " "))
        for k, scenario in enumerate(findings.scenarios)
        for one in scenario.warm_ups
        if one.verdict is Settled.RUN_TOO_SHORT
    ]
    if not short:
        return ""
    scenarios, lists = ({one[k] for one in short} for k in (0, 1))
    many = {"k": str(len(scenarios)), "n": str(len(findings.scenarios))}
    return say("warm_up.untold", lists=listed(sorted(map(str, lists))), **many)
