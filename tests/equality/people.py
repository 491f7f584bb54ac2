"""Random small services in which something drifts, and something is drawn when it is set."""

import copy
from dataclasses import replace

from tests.equality.services import Choices, Raw, Small

DRIFTING = "need"  # a number of the population beside motivation and severity
BY_NEED = ({"factor": 3, "per_unit_of": DRIFTING}, {"factor": 0.3, "per_unit_of": DRIFTING})
NEEDY = {DRIFTING: {"at_least": 0.5}}
KINDS = {"one": 0.3, "other": 0.7}


def with_people(choose: Choices, small: Small) -> Small:
    """Return a service with such mechanisms, chosen after all else: other choices stay as they are.

    Every third service is left as it is.
    """
    if choose.one_of(True, False, False):
        return small
    service = copy.deepcopy(small.service)
    for condition in service["conditions"].values():
        if choose.one_of(True, True, False):
            towards = choose.one_of(0.0, 1.0)
            condition["drifts"] = {DRIFTING: {"half_life_days": 2 * small.unit, "towards": towards}}
        for clock in ("leave", "relapse"):
            if clock in condition and choose.one_of(True, False):
                condition[clock]["times"] = [choose.one_of(*BY_NEED)]
    for stage in service["stages"].values():
        _with_draws(choose, stage)
    for capacity in service["capacities"].values():
        order = capacity.get("order")
        if order and (order.get("highest") or order.get("lowest")) and choose.one_of(True, False):
            order["highest" if order.get("highest") else "lowest"] = DRIFTING
    return replace(small, service=service)


def _with_draws(choose: Choices, stage: Raw) -> None:
    """Let a stage's length go by what drifts, and its cases set what is drawn."""
    if stage.get("stay_days") is not None and choose.one_of(True, False):
        stage["stay_times"] = [choose.one_of(*BY_NEED)]
    for cause, onward in stage["next"].items():
        if not choose.one_of(True, False):
            continue
        cases = onward if isinstance(onward, list) else [{"to": onward}]
        for case in cases:
            if not case.get("set"):
                case["set"] = {"kind": KINDS}
                if choose.one_of(True, False):
                    case["set"][DRIFTING] = choose.one_of(0.0, 1.0)
        stage["next"][cause] = cases
