"""How the intervals of a study narrow with its replications, and why there are no more of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from simcare.analysis.findings import Findings, Found
from simcare.analysis.outcomes import Outcome
from simcare.analysis.precision import FIRST_LOOK, Look, Precision, Stop, looked, looks, named, stop

MAIN = "started treatment by the deadline"


@dataclass(frozen=True)
class HalfWidths:
    """The looks at a policy's difference from its base, in one case, and why there are no more.

    ``base`` is empty where there is one policy alone: then it is the mean that is looked at.
    """

    case: str
    base: str
    policy: str
    outcome: Outcome
    looks: tuple[Look, ...]
    stop: Stop


def half_widths(findings: Findings) -> Iterator[HalfWidths]:
    """Yield how the intervals narrow, case by case and policy by policy.

    That is of the outcome whose precision was asked for; where none was, of who starts treatment by
    the deadline. Nothing where nobody has it, or of a single replication.
    """
    for case in findings.about.cases:
        yield from _of_case(findings, case)


def _of_case(findings: Findings, case: str) -> Iterator[HalfWidths]:
    about, scenarios = findings.about, findings.of(case)
    wanted = about.precision
    main = wanted or Precision(MAIN)
    known = [(s, o) for s in scenarios if (o := named(s.outcomes, main)) is not None]
    if len(known) < len(scenarios) or not known:
        return
    base, *others = (s.outcomes[o] for s, o in known)
    n = min(scenario.replications for scenario in scenarios)
    ends = [k for k in about.looks.get(case, ()) if k <= n] if wanted else [*looks(FIRST_LOOK, n)]
    has_nobody = wanted is None and not any(np.isfinite(one).any() for one in (base, *others))
    if n < 2 or not ends or has_nobody:
        return
    seen = looked(base, others, ends, wanted)
    why = Stop.FIXED if wanted is None else stop(seen, is_last=True)
    whose: Sequence[Found] = scenarios[1:] or scenarios
    for k, scenario in enumerate(whose):
        yield HalfWidths(
            case,
            scenarios[0].policy if others else "",
            scenario.policy,
            known[0][1],
            tuple(at[k] for at in seen),
            why or Stop.CEILING,
        )
