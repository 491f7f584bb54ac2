"""The first known answers again, ten times as many people: means to 2 %, shares to 0.005.

Run by name, `pytest tests/long`: some five minutes on two cores. The queues, their exact
values and the reasons for the warm-ups are those of tests/verification/queues.py; the horizons are
four times as long, so that what is cut off at their ends counts for less too.
"""

import pytest
from tests.verification.queues import GROUPS, Known, results

MEANS_WITHIN = 0.02  # of the value: the half of the 95 % interval of a mean
SHARES_WITHIN = 0.005  # the same of a share, in itself
LONGER, MORE = 4, 4
FIRST = ("V1", "V2", "V3", "V4", "V6", "V7", "M/M/12+D")

CHOSEN = [
    (group, queue)
    for group, of in GROUPS.items()
    for queue in of.queues
    if queue.name.split()[0] in FIRST
]


@pytest.mark.parametrize(("group", "queue"), CHOSEN, ids=[queue.name for _, queue in CHOSEN])
def test_a_queue_has_its_exact_values_closely(group: str, queue: Known) -> None:
    """Hold that every quantity agrees with theory at a tight width.

    Seeds are fixed. With others 10 of 100,000 estimates would fail by chance (4 standard errors,
    160 replications or more).
    """
    names = tuple(other.name for of, other in CHOSEN if of == group)
    found = [
        fault
        for share, estimated in queue.compared(results(group, names, LONGER, MORE)[queue.name])
        for fault in estimated.faults(SHARES_WITHIN if share else MEANS_WITHIN * estimated.exact)
    ]
    assert found == []
