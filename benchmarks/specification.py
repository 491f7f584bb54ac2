"""What pathway-6 is, in numbers, for the programs that play it; `pathway-6.yaml` says the same.

Times are days. A scale of 1 is some 5,000 clients.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CLIENTS = 5_000
HORIZON = 1825.0
PER_DAY = 2.74
STAGES = ("gp", "assessment", "detox", "residential", "aftercare")
PLACES = (1, 5, 22, 270, 500)
GP, ASSESSMENT, DETOX, RESIDENTIAL, AFTERCARE = range(5)
GP_MEAN, ASSESSMENT_MEAN, AFTERCARE_MEAN = 0.31, 1.0, 120.0
DETOX_MEAN, DETOX_SD = 8.0, 4.0
RESIDENTIAL_MEAN, RESIDENTIAL_SHAPE = 75.0, 2.0
PATIENCE = (None, 30.0, 40.0, 60.0, None)
DETOX_SHARE, BACK_SHARE, EPISODES = 0.6, 0.5, 3
BACK_SCALE, BACK_SHAPE = 200.0, 0.7

# What the log-normal and the gamma distribution are called with.
LOG_SD = math.sqrt(math.log(1 + (DETOX_SD / DETOX_MEAN) ** 2))
LOG_MEAN = math.log(DETOX_MEAN) - LOG_SD**2 / 2
RESIDENTIAL_SCALE = RESIDENTIAL_MEAN / RESIDENTIAL_SHAPE


@dataclass(frozen=True)
class Totals:
    """What is compared of a stage: numbers, days, a mean number, and a share."""

    served: float
    left: float
    mean_wait: float
    mean_queue: float
    utilisation: float


OUTPUTS = ("served", "left", "mean_wait", "mean_queue", "utilisation")
Play = Callable[[int], Any]  # from a seed to what the program gives: totals, or records


def places(scale: float) -> tuple[int, ...]:
    """Return how many places each stage has at a scale."""
    return tuple(max(1, round(number * scale)) for number in PLACES)
