"""Small services in which places are given to groups that start together.

A small service is given groups after all else is chosen: the choices before stay as they are.
"""

import copy
from dataclasses import replace
from typing import Any

from tests.equality.services import Choices, Raw, Small

from simcare.model.pathway import asked_for, reached_by


def may_start_together(service: Raw, name: str) -> bool:
    """Tell whether a capacity is asked for alone, and no place is held of it or for it."""
    stages = service["stages"]
    mine = {stage for stage, of in stages.items() if name in asked_for(of)}
    alone = all(len(asked_for(stages[stage])) == 1 for stage in mine)
    held = any(
        of.get("hold") and (stage in mine or reached_by(of, "completed") & mine)
        for stage, of in stages.items()
    )
    return alone and not held


def with_groups(choose: Choices, small: Small) -> Small:
    """Return a service in which some capacities have groups, and as many times the places."""
    service = copy.deepcopy(small.service)
    for name, capacity in service["capacities"].items():
        if may_start_together(service, name) and choose.one_of(False, True, True):
            many = choose.one_of(2, 2, 3)
            capacity["together"] = many
            _enlarge(capacity, many)
    return replace(small, service=service)


def _enlarge(capacity: Raw, times: int) -> None:
    """Multiply what there is of a capacity, and what may be spent on it; no post is vacant."""
    if staff := capacity.get("staff"):
        capacity["staff"] = {**staff, "members": _times(staff["members"], times), "vacant_share": 0}
    else:
        capacity["beds"] = _times(capacity["beds"], times)
    capacity["changes"] = [
        {**change, "number": _times(change["number"], times)} for change in capacity["changes"]
    ]
    bought = capacity.get("bought", {})
    if "budget_per_year" in bought:
        capacity["bought"] = {**bought, "budget_per_year": times * bought["budget_per_year"]}


def _times(number: Any, times: int) -> Any:
    if isinstance(number, dict):
        return {category: times * many for category, many in number.items()}
    return times * number
