"""What a run is measured over, and a warning where its lists grow or shrink meanwhile."""

from collections.abc import Mapping, Sequence

from simcare.analysis.estimates import round_to_range
from simcare.analysis.steadiness import Drift
from simcare.report.words import say


def period(warm_up_days: float, horizon_days: float) -> str:
    """Return over which days of the run averages are, and who is followed."""
    return say("run.period", first=f"{warm_up_days:g}", last=f"{horizon_days:g}")


def unsteady(
    moved: Sequence[tuple[str, str, Drift]],
    scenarios: int,
    cases: Mapping[str, str],
    policies: Mapping[str, str],
) -> str:
    """Return a warning that lists grow or shrink while they are measured; empty if none does.

    ``moved`` names the case and the policy of each such list, ``scenarios`` says how many there
    are in all, ``cases`` and ``policies`` how readers know them.
    """
    if not moved:
        return ""
    case, policy, most = max(moved, key=lambda found: abs(found[2].people))
    return say(
        "run.not_steady",
        k=str(len({(case, policy) for case, policy, _ in moved})),
        n=str(scenarios),
        capacity=most.capacity,
        first=round_to_range(most.first, 1.0),
        last=round_to_range(most.last, 1.0),
        case=cases.get(case) or case,
        policy=policies.get(policy) or policy,
    )
