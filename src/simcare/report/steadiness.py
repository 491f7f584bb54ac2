"""What a run is measured over, and a warning where its lists grow or shrink meanwhile."""

from simcare.analysis.estimates import round_to_range
from simcare.analysis.findings import Findings
from simcare.report.words import say


def period(warm_up_days: float, horizon_days: float) -> str:
    """Return over which days of the run averages are, and who is followed."""
    return say("run.period", first=f"{warm_up_days:g}", last=f"{horizon_days:g}")


def unsteady(findings: Findings) -> str:
    """Return a warning that lists grow or shrink while they are measured; empty if none does."""
    moved = [(s, drift) for s in findings.scenarios for drift in s.drifts]
    if not moved:
        return ""
    scenario, most = max(moved, key=lambda found: abs(found[1].people))
    about = findings.about
    return say(
        "run.not_steady",
        k=str(len({(s.case, s.policy) for s, _ in moved})),
        n=str(len(findings.scenarios)),
        capacity=most.capacity.replace("_", " "),
        first=round_to_range(most.first, 1.0),
        last=round_to_range(most.last, 1.0),
        case=about.cases[scenario.case].title or scenario.case.replace("_", " "),
        policy=about.policies[scenario.policy],
    )
