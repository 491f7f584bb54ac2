"""What a little more of one capacity buys: asked of each capacity in turn, against as it is."""

from dataclasses import dataclass

from simcare.analysis.outcomes import Outcome


@dataclass(frozen=True)
class Marginal:
    """What is asked: how many ``more`` of one capacity at a time, and for which outcome.

    ``currency`` is what care costs in, empty where nothing has a price.
    """

    outcome: Outcome
    more: int
    currency: str = ""
