"""A scenario lowered to arrays: the only place where names become numbers."""

from datetime import date

import numpy as np

from simcare.engines.lowered_arrivals import lowered_arrivals
from simcare.engines.lowered_lives import Lowering, as_table
from simcare.engines.lowered_places import lowered_places
from simcare.engines.program import Program
from simcare.kernels import tables as t
from simcare.model.conditions import Condition
from simcare.model.scenario import Scenario
from simcare.model.ticks import ticks


def lower(scenario: Scenario, start: date, horizon_days: float) -> Program:
    """Return a scenario as arrays for a run of ``horizon_days`` from ``start``.

    Raises ValueError when two names share an address of chance (one pair in four thousand million).
    """
    low = Lowering(scenario)
    conditions = [low.condition(c) for c in scenario.service.conditions.values()]
    conditions = conditions or [low.condition(Condition())]
    stages, ends = low.stage_rows()
    arrivals = lowered_arrivals(low, start, horizon_days)
    capacities, places, changes = lowered_places(scenario.service.capacities, low)
    rows = low.rows
    tables = t.Tables(
        laws=as_table(rows.laws, t.LAW),
        points=np.array(rows.points or [(1.0, 0.0)], np.float64),
        effects=as_table(rows.effects, t.EFFECT),
        tests=as_table(rows.tests, t.TEST),
        clocks=np.array([[tuple(k) for k in clocks] for clocks, _ in conditions], t.CLOCK),
        drifts=np.array([[tuple(d) for d in drifts] for _, drifts in conditions], t.DRIFT),
        stages=as_table(stages, t.STAGE_ROW),
        capacities=as_table(capacities, t.CAPACITY),
        ends=np.array(ends, t.CASES),
        cases=as_table(rows.cases, t.CASE),
        routes=as_table(rows.routes, t.ROUTE),
        settings=as_table(rows.settings, t.SETTING),
    )
    return Program(
        tables=tables,
        arrivals=arrivals,
        places=tuple(places),
        changes=np.array(changes, t.CHANGE),
        horizon=ticks(horizon_days),
        stages=low.stages,
        streams=tuple(scenario.service.arrivals),
        columns=low.columns,
    )
