"""What time does to a person: motivation, severity and other numbers drift, and clocks run."""

from typing import Annotated

from simcare.model.cases import Effect
from simcare.model.distributions import Hazard
from simcare.model.values import AsTuple, Name, Positive, Share, Value


class EarlyLoss(Value):
    """A share who are lost in the first days, each after an exponential time with this mean."""

    share: Share
    mean_days: Positive


class Clock(Value):
    """A competing event: how its hazard runs, and what multiplies it.

    The clock's own time starts when a client enters a condition that runs it, and runs on through
    further conditions that do, until one does not.
    """

    after_days: Hazard
    early_loss: EarlyLoss | None = None
    times: Annotated[tuple[Effect, ...], AsTuple] = ()


class Drift(Value):
    """How a number from 0 to 1 moves with time: half of the way to ``towards`` per half-life."""

    half_life_days: Positive
    towards: Share


class Condition(Value):
    """What time does to a person: motivation and severity drift, and the clocks that run.

    ``drifts`` are those of other attributes, numbers from 0 to 1, by their names.
    """

    motivation: Drift | None = None
    severity: Drift | None = None
    drifts: dict[Name, Drift] = {}
    leave: Clock | None = None
    drop_out: Clock | None = None
    relapse: Clock | None = None
    die: Clock | None = None
