"""Services of several stages and V22 again, sixteen times as long: means to 2 %, shares to 0.005.

Beside those of tests/verification/networks.py, the tandem with held places near saturation.
"""

import pytest
from tests.verification.answers import Answered, compared
from tests.verification.closings import CLOSINGS
from tests.verification.networks import NEAR_SATURATION, NETWORKS

MEANS_WITHIN = 0.02  # of the value: the half of the 95 % interval of a mean
SHARES_WITHIN = 0.005  # the same of a share, in itself
LONGER = MORE = 4

CHOSEN = [
    *((service, LONGER, MORE) for service in NETWORKS),
    *((service, 1, LONGER * MORE) for service in CLOSINGS),
    (NEAR_SATURATION, 1, 1),
]


@pytest.mark.parametrize(
    ("service", "longer", "more"), CHOSEN, ids=[service.name for service, _, _ in CHOSEN]
)
def test_a_service_has_its_exact_values_closely(service: Answered, longer: int, more: int) -> None:
    """Hold that every quantity agrees with theory at a tight width.

    Seeds are fixed, one for each service. With others 10 of 100,000 estimates would fail by chance
    (4 standard errors, 160 replications or more).
    """
    found = [
        fault
        for share, estimated in compared(service, longer, more)
        for fault in estimated.faults(SHARES_WITHIN if share else MEANS_WITHIN * estimated.exact)
    ]
    assert found == []
