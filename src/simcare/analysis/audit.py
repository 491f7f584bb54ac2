"""The laws that every run obeys, checked on what was written down and on nothing else.

An engine can be wrong in ways that no mean shows: somebody lost, somebody in two beds, a bed given
out twice, a bed free while people wait. So the visits of a run are read again without the engine,
and every broken law is told in plain words. Nothing is estimated here: all is counted in whole
ticks, and a law holds exactly or is broken.

What cannot be read off the visits is not judged: within one tick the order of events is not written
down, nor by what key a list with an order of its own was ordered.
"""

from collections.abc import Callable

import numpy as np

from simcare.analysis import audit_budgets as money
from simcare.analysis import audit_places as places_
from simcare.analysis import audit_visits as visits_
from simcare.analysis.audit_run import Budgets, Findings, Flags, Run, no
from simcare.kernels.tables import Rows, Ticks

ROW_LAWS: tuple[Callable[[Run], Findings], ...] = (
    visits_.known_numbers,
    visits_.ticks_in_order,
    visits_.fates_fit,
    visits_.offers_of_places,
    visits_.in_order_of_clients,
)
RUN_LAWS: tuple[Callable[[Run], Findings], ...] = (
    visits_.everyone_counted,
    visits_.one_place_at_a_time,
    visits_.counters,
    visits_.one_unit_for_good,
    visits_.one_category_for_good,
    places_.no_wait_for_nothing,
    places_.places_and_lists,
    places_.groups_start_whole,
    places_.free_together,
    places_.first_come_first_served,
    money.within_budget,
    money.no_longer_than_bought,
    places_.little,
    places_.flow,
    places_.bed_days,
)


def written(
    visits: Rows,
    places: Ticks,
    changes: Rows,
    first_place: Ticks,
    horizon: int,
    clients: int,
    groups: Ticks | None = None,
    holds: Flags | None = None,
    ordered: Flags | None = None,
    budgets: Budgets | None = None,
    there: int = 0,
    waiting: int = 0,
    together: Ticks | None = None,
) -> Run:
    """Return a run as it was written down, to be held against the laws.

    ``visits``: VISIT rows ordered by client, then in their order. ``places``: how many each place
    has at the start. ``changes``: CHANGE rows by tick; those without a number are passed over.
    ``first_place``: for each stage the first place of what it asks for, -1 for nothing; (stages,)
    or, where several are asked for together, (stages, slots). ``clients``: how many came.
    ``groups``: for each place (attribute, category), -1 where it is for everybody, as
    :meth:`Program.groups` tells them; None if all are. ``holds``: the stages whose places are
    kept until the next are had; None if that is not known: then none is carried over from one visit
    to the next. ``ordered``: the places whose lists are not
    first come, first served; None if none is. ``budgets``: of bought places, if there are any.
    ``there`` and ``waiting``: how many of the first clients are somewhere, and how many after them
    wait, on day 0. ``together``: to how many at a time each place is given; None if to one, all of
    them.
    """
    first = np.asarray(first_place, np.int64)
    return Run(
        visits=visits,
        places=np.asarray(places, np.int64),
        changes=changes,
        first_place=first.reshape(len(first), -1),
        horizon=horizon,
        clients=clients,
        groups=groups,
        holds=holds,
        ordered=no(max(1, len(places))) if ordered is None or not len(places) else ordered,
        budgets=Budgets.none(len(places)) if budgets is None else budgets,
        there=there,
        waiting=waiting,
        together=np.ones(max(1, len(places)), np.int64) if together is None else together,
    )


def broken(run: Run) -> tuple[str, ...]:
    """Return what a run breaks of the laws that every run obeys; nothing if it obeys them all.

    Laws of places and lists are looked at only when every single row makes sense.
    """
    found = [fault for law in ROW_LAWS for fault in law(run)]
    if not found:
        found = [fault for law in RUN_LAWS for fault in law(run)]
    return tuple(found)
