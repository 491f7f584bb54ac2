"""The random small services of this suite: plain ones, and such with rules, openings or both.

All are made from one source of choices, so that Hypothesis shrinks what fails towards a plain one.
"""

from hypothesis import strategies as st
from tests.equality.groups import with_groups
from tests.equality.openings import with_openings
from tests.equality.people import with_people
from tests.equality.rules import with_rules
from tests.equality.services import Choices, Drawn, Seeded, Shrinking, Small, a_plain_service

BARE, RULED, OPENED, BOTH = (False, False), (True, False), (False, True), (True, True)


def a_service(choose: Choices) -> Small:
    """Choose a small service, most of them with rules, some with openings."""
    rules, openings = choose.one_of(BARE, BARE, OPENED, *(RULED,) * 9, *(BOTH,) * 4)
    small = a_plain_service(choose)
    if openings:
        small = with_openings(choose, small)
    if rules:
        small = with_people(choose, with_rules(choose, small))
        small = with_groups(choose, small)
    return small


@st.composite
def services(draw: Drawn) -> Small:
    """Draw a service by Hypothesis."""
    return a_service(Shrinking(draw))


@st.composite
def plain_services(draw: Drawn, with_capacities: bool = True) -> Small:
    """Draw a service without rules and openings by Hypothesis."""
    return a_plain_service(Shrinking(draw), with_capacities)


def numbered(seed: int) -> Small:
    """Return the service of a number, the same at every run."""
    return a_service(Seeded(seed))
