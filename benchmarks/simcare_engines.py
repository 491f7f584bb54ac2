"""pathway-6 in simcare: its config, lowered for an engine, and the totals of a run's records."""

from collections.abc import Callable
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import yaml

import specification as spec
from simcare.engines.lowering import lower
from simcare.kernels.tables import LEFT, TICKS_PER_DAY
from simcare.model.scenario import Scenario
from specification import Play, Totals

MODEL = Path(__file__).with_name("pathway-6.yaml")
START = date(2017, 1, 2)


def scenario(scale: float) -> Scenario:
    """Return pathway-6 at a scale: arrivals and every capacity times it, capacities rounded."""
    raw = yaml.safe_load(MODEL.read_text(encoding="utf-8"))
    service = raw["service"]
    service["arrivals"]["people"]["per_day"] *= scale
    for capacity in service["capacities"].values():
        for name in capacity:
            capacity[name] = max(1, round(capacity[name] * scale))
    return Scenario.model_validate(raw)


def _play(engine: str, scale: float) -> Callable[[int], np.ndarray]:
    simulate: Callable[..., Any] = import_module(f"simcare.engines.{engine}").simulate
    lowered = lower(scenario(scale), START, spec.HORIZON)
    return lambda seed: simulate(lowered, seed, 0)


def compiled(scale: float) -> Play:
    """Return pathway-6 in the compiled engine: the visits, from a seed."""
    return _play("compiled", scale)


def reference(scale: float) -> Play:
    """Return pathway-6 in the reference engine: the visits, from a seed."""
    return _play("reference", scale)


def read(visits: np.ndarray, scale: float) -> list[Totals]:
    """Return the totals of each stage, from the visits of a run at a scale."""
    found = []
    horizon = spec.HORIZON * TICKS_PER_DAY
    for stage, number in enumerate(spec.places(scale)):
        here = visits[visits["stage"] == stage]
        served = here["started"] >= 0
        ended = np.where(here["ended"] >= 0, here["ended"], horizon)
        waits = np.where(served, here["started"], ended) - here["queued"]
        busy = (ended - here["started"])[served].sum()
        found.append(
            Totals(
                int(served.sum()),
                int((here["fate"] == LEFT).sum()),
                float(waits[served].sum()) / TICKS_PER_DAY / max(1, int(served.sum())),
                float(waits.sum()) / horizon,
                float(busy) / (horizon * number),
            )
        )
    return found
