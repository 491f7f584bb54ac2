"""Services of several stages, and places closed for a time, from configs against exact values."""

from decimal import Decimal

import pytest
from tests.verification.answers import Answered, compared
from tests.verification.closings import CLOSINGS
from tests.verification.networks import NETWORKS

MEANS_WITHIN = 0.10  # of the value: the half of the 95 % interval of a mean
SHARES_WITHIN = 0.02  # the same of a share, in itself
EVERY = [*NETWORKS, *CLOSINGS]
NAMES = [service.name for service in EVERY]


@pytest.mark.parametrize("service", [s for s in EVERY if s.printed], ids=lambda s: s.name)
def test_theory_has_the_values_printed_elsewhere(service: Answered) -> None:
    """Hold that the package's chains round to values that were computed apart from them."""
    for quantity, text in service.printed.items():
        unit = Decimal(1).scaleb(int(Decimal(text).as_tuple().exponent))
        exact = service.answers[quantity].exact
        assert abs(Decimal(exact) - Decimal(text)) <= unit * Decimal("0.501"), (quantity, exact)


@pytest.mark.parametrize("service", EVERY, ids=NAMES)
def test_a_service_has_its_exact_values(service: Answered) -> None:
    """Hold that every quantity of a service agrees with theory, and is known well enough.

    Seeds are fixed. With others 3 of 10,000 estimates would fail by chance (Student's t of 40
    replications at 4 standard errors; 2 with 60).
    """
    found = [
        fault
        for share, estimated in compared(service)
        for fault in estimated.faults(SHARES_WITHIN if share else MEANS_WITHIN * estimated.exact)
    ]
    assert found == []
