"""Rules of a list: who goes first, what is offered, and when those who wait are looked at again."""

from typing import Annotated, Self

from pydantic import Field
from pydantic import model_validator as validator

from simcare.model.cases import Effect, Test
from simcare.model.values import AsTuple, Name, NotNegative, Positive, Share, Value, problem

LONGEST_DAYS = 36_525.0  # a hundred years


class Order(Value):
    """Who goes first on the lists of a capacity: by class, then by key, then who asked first.

    A client's class is the first of ``classes`` all of whose tests apply; who is in none comes
    after them all. The key is the attribute that is ``highest`` or ``lowest`` first, or the day of
    a ``deadline``, the earliest first; who has no such deadline comes last.
    """

    classes: Annotated[tuple[dict[Name, Test], ...], AsTuple] = ()
    highest: Name | None = None
    lowest: Name | None = None
    deadline: Name | None = None

    @validator(mode="after")
    def _something(self) -> Self:
        keys = [key for key in (self.highest, self.lowest, self.deadline) if key is not None]
        if len(keys) > 1:
            raise problem("one key at most is allowed: highest, lowest or deadline")
        if not keys and not self.classes:
            raise problem("give classes, or a key: highest, lowest or deadline")
        if any(not tests for tests in self.classes):
            raise problem("a class without a test holds everybody: leave it out")
        return self


class Bought(Value):
    """Places that are bought when they are needed, each for so many days at most, at a price a day.

    With a budget nobody is placed once what is left of it would not pay for all of these days;
    what is not used of them comes back when the client goes. It is that of a calendar year, and of
    a part of one the same part; a stay counts in the year in which it began.
    """

    price_per_day: Positive
    payer: Name | None = None
    at_most_days: Annotated[Positive, Field(le=LONGEST_DAYS)]
    budget_per_year: NotNegative | None = None


class Offer(Value):
    """An offered place is not taken with a chance of ``missed``, times what applies to the client.

    The place is lost for ``lost_days``; with 0 the next on the list has it at once.
    """

    missed: Share
    times: Annotated[tuple[Effect, ...], AsTuple] = ()
    lost_days: Annotated[NotNegative, Field(le=LONGEST_DAYS)] = 0.0


class Review(Value):
    """Who waits is looked at again ``after_days``, and then perhaps every so many days."""

    after_days: Annotated[NotNegative, Field(le=LONGEST_DAYS)]
    every_days: Annotated[Positive, Field(le=LONGEST_DAYS, ge=1 / 86400)] | None = None
