"""Who works there: members of the staff with a caseload, posts that are vacant, and sick leave."""

from typing import Annotated, Self

from pydantic import Field
from pydantic import model_validator as validator

from simcare.model.by_category import Counts
from simcare.model.values import (
    NotNegative,
    Positive,
    PositiveCount,
    Share,
    Value,
    billionths,
    half_up,
    problem,
)

MOST_MEMBERS = 10_000
MOST_CASES = 1_000


class SickLeave(Value):
    """What share of its time a member is away ill, and for how long at a time on average."""

    share: Annotated[Share, Field(le=0.95)]
    mean_days: Annotated[Positive, Field(ge=0.1)]


class Motivation(Value):
    """What staff and patients have a say in, from 0 to 1, and how far it moves absence: assumed.

    Staff who take part in shaping their service are away less; where the patients' say over
    treatment grows too far, past the half, staff are away more. How strong that is nobody has
    measured: it is off as long as ``effect_on_absence`` is 0.
    """

    part_in_decisions: Share = 0.5
    patient_influence: Share = 0.5
    effect_on_absence: Annotated[NotNegative, Field(le=10)] = 0.0

    @property
    def strain(self) -> float:
        """The logarithm of the factor on how often a member falls ill; 0 at one half and less."""
        beyond = max(0.0, self.patient_influence - 0.5)
        return self.effect_on_absence * ((0.5 - self.part_in_decisions) + beyond)


class Staff(Value):
    """Members of a staff, each for as many people at a time as the caseload says.

    The posts that are vacant, a share rounded half up, are those of the last members.
    """

    members: Counts
    caseload: Annotated[PositiveCount, Field(le=MOST_CASES)]
    vacant_share: Share = 0.0
    sick_leave: SickLeave | None = None
    motivation: Motivation = Motivation()

    @validator(mode="after")
    def _something_to_act_on(self) -> Self:
        every = self.members.values() if isinstance(self.members, dict) else (self.members,)
        if any(number > MOST_MEMBERS for number in every):
            raise problem(f"at most {MOST_MEMBERS} members are allowed")
        if self.motivation.effect_on_absence and self.sick_leave is None:
            raise problem("motivation acts on sick leave: give sick_leave")
        return self

    def working(self, members: int) -> int:
        """Return how many of so many posts are filled."""
        return members - half_up(billionths(self.vacant_share), members)
