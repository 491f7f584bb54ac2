"""Queues from configs alone against their exact values: waits, lists, leaving and occupancy."""

from decimal import Decimal

import pytest
from tests.verification.queues import GROUPS, Known, results

MEANS_WITHIN = 0.10  # of the value: the half of the 95 % interval of a mean
SHARES_WITHIN = 0.02  # the same of a share, in itself

EVERY = [(group, queue) for group, of in GROUPS.items() for queue in of.queues]
NAMES = [queue.name for _, queue in EVERY]


@pytest.mark.parametrize("queue", [queue for _, queue in EVERY], ids=NAMES)
def test_theory_has_the_values_printed_elsewhere(queue: Known) -> None:
    """Hold that the package's formulas round to values that were computed apart from it."""
    for quantity, text in queue.printed.items():
        unit = Decimal(1).scaleb(int(Decimal(text).as_tuple().exponent))
        away = abs(Decimal(queue.exact[quantity]) - Decimal(text))
        assert away <= unit * Decimal("0.501"), (quantity, queue.exact[quantity], text)


@pytest.mark.parametrize(("group", "queue"), EVERY, ids=NAMES)
def test_a_queue_has_its_exact_values(group: str, queue: Known) -> None:
    """Hold that every quantity of a queue agrees with theory, and is known well enough to say so.

    Seeds are fixed. With others 3 of 10,000 estimates would fail by chance (Student's t of 40
    replications at 4 standard errors; 6 of 100,000 with ever more replications).
    """
    found = [
        fault
        for share, estimated in queue.compared(results(group)[queue.name])
        for fault in estimated.faults(SHARES_WITHIN if share else MEANS_WITHIN * estimated.exact)
    ]
    assert found == []
