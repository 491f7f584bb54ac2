"""What a run is measured over, and warnings: where that is too short, or lists are not steady."""

import math

from simcare.analysis.estimates import round_to_range
from simcare.analysis.findings import Findings
from simcare.analysis.follow_up import FEWEST
from simcare.analysis.outcomes import STARTED_IN_A_YEAR, STARTED_IN_TIME, YEAR
from simcare.report.words import listed, say

BY_DEADLINE, BY_YEAR = STARTED_IN_TIME, STARTED_IN_A_YEAR


def period(warm_up_days: float, horizon_days: float) -> str:
    """Return over which days of the run averages are, and who is followed."""
    return say("run.period", first=f"{warm_up_days:g}", last=f"{horizon_days:g}")


def too_short(findings: Findings) -> str:
    """Return a warning where people are not followed to the deadline, or for a year; else nothing.

    Those who come evenly over the time measured are, if it is longer than that by one in ten.
    """
    about = findings.about
    measured = about.horizon_days - about.warm_up_days
    told = {outcome.name for scenario in findings.scenarios for outcome in scenario.outcomes}
    unknown = {
        day
        for day, name in ((about.deadline_days, BY_DEADLINE), (YEAR, BY_YEAR))
        if name in told
        and day > (1 - FEWEST) * measured
        and all(math.isnan(scenario.mean_of(name)) for scenario in findings.scenarios)
    }
    if not unknown:
        return ""
    days = listed([f"{day:g}" for day in sorted(unknown)])
    return say("run.too_short", days=days, measured=f"{measured:g}")


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
