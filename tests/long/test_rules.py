"""The rules of tests/verification/rules.py again, sixteen times as long: 2 % and 0.005."""

import pytest
from tests.verification.answers import Answered, compared
from tests.verification.rules import RULES

MEANS_WITHIN = 0.02  # of the value: the half of the 95 % interval of a mean
SHARES_WITHIN = 0.005  # the same of a share, in itself
LONGER = MORE = 4


@pytest.mark.parametrize("service", RULES, ids=[service.name for service in RULES])
def test_a_rule_has_its_exact_values_closely(service: Answered) -> None:
    """Hold that every quantity agrees with theory at a tight width.

    Seeds are fixed, one for each service. With others 10 of 100,000 estimates would fail by chance
    (4 standard errors, 160 replications or more).
    """
    found = [
        fault
        for share, estimated in compared(service, LONGER, MORE)
        for fault in estimated.faults(SHARES_WITHIN if share else MEANS_WITHIN * estimated.exact)
    ]
    assert found == []
