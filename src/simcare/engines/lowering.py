"""A scenario lowered to arrays: the only place where names become numbers."""

from collections.abc import Mapping
from datetime import date
from math import ceil

import numpy as np

from simcare.engines.beginning import here
from simcare.engines.budgets import with_budgets
from simcare.engines.lowered_arrivals import lowered_arrivals
from simcare.engines.lowered_lives import Lowering, as_table
from simcare.engines.lowered_places import lowered_places
from simcare.engines.program import Program
from simcare.engines.timetables import in_order
from simcare.kernels import tables as t
from simcare.model.beginning import NOBODY
from simcare.model.cases import Case
from simcare.model.conditions import Condition
from simcare.model.scenario import Scenario
from simcare.model.ticks import ticks


def _ruled(scenario: Scenario) -> t.Ruled:
    """Return whether a scenario has what most have not, as :class:`Tables` says."""
    service = scenario.service
    capacities, stages = service.capacities.values(), service.stages.values()
    cases = (case for stage in stages for several in stage.next.values() for case in several)
    ruled = (
        scenario.beginning is not None
        or any((c.order, c.bought, c.together) != (None, None, None) for c in capacities)
        or any(s.offer is not None or s.reviewed is not None for s in stages)
        or any(len(s.asks_for) > 1 or s.hold for s in stages)
        or any(case.where or case.due or _is_drawn(case) for case in cases)
        or any(condition.drifts for condition in service.conditions.values())
    )
    return t.RULED if ruled else t.PLAIN


def _is_drawn(case: Case) -> bool:
    """Return whether something that a case sets is drawn."""
    return any(isinstance(value, Mapping) for value in case.set.values())


def lower(scenario: Scenario, start: date, horizon_days: float) -> Program:
    """Return a scenario as arrays for a run of ``horizon_days`` from ``start``.

    Raises ValueError when two names share an address of chance (one pair in four thousand million),
    and when public holidays of a calendar are not known for some of its days.
    """
    low = Lowering(scenario)
    conditions = [low.condition(c) for c in scenario.service.conditions.values()]
    conditions = conditions or [low.condition(Condition())]
    low.deadline_rows()
    stages, ends = low.stage_rows()
    arrivals = lowered_arrivals(low, start, horizon_days)
    laid = lowered_places(low, start, horizon_days)
    budgets = with_budgets(scenario.service.capacities, laid.places, start, ceil(horizon_days))
    rows = low.rows
    tables = t.Tables(
        ruled=_ruled(scenario),
        laws=as_table(rows.laws, t.LAW),
        points=np.array(rows.points or [(1.0, 0.0)], np.float64),
        effects=as_table(rows.effects, t.EFFECT),
        tests=as_table(rows.tests, t.TEST),
        clocks=np.array([[tuple(k) for k in clocks] for clocks, _ in conditions], t.CLOCK),
        drifts=np.array([[tuple(d) for d in drifts] for _, drifts in conditions], t.DRIFT),
        stages=as_table(stages, t.STAGE_ROW),
        asked=low.asked(),
        capacities=as_table(laid.capacities, t.CAPACITY),
        orders=as_table(rows.orders, t.ORDER),
        offers=as_table(rows.offers, t.OFFER),
        marks=as_table(rows.marks, t.MARK),
        deadlines=as_table(rows.deadlines, t.DEADLINE),
        within=as_table(rows.within, t.WITHIN),
        due_ticks=low.due_ticks(start, ceil(horizon_days)),
        ends=np.array(ends, t.CASES),
        cases=as_table(rows.cases, t.CASE),
        routes=as_table(rows.routes, t.ROUTE),
        settings=as_table(rows.settings, t.SETTING),
        looks=as_table(rows.looks, t.LOOK),
        dues=as_table(rows.dues, t.DUE),
        drifting=np.array([low.columns.index(name) for name in low.drifting], np.int64),
    )
    return Program(
        tables=tables,
        arrivals=arrivals,
        places=budgets.places,
        changes=in_order([laid.changes, np.array(budgets.changes, t.CHANGE)]),
        drawn=laid.drawn,
        horizon=ticks(horizon_days),
        deadlines=len(low.deadlines),
        stages=low.stages,
        streams=tuple(scenario.service.arrivals),
        columns=low.columns,
        capacities=low.capacities,
        here=here(scenario.beginning or NOBODY, low.stages, low.columns, scenario.population),
    )
