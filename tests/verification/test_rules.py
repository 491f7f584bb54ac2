"""Rules of who is served, offered and sent where, from configs alone against exact values.

And days worked out by hand: opening hours, reviews of a list, closings by their dates.
"""

from decimal import Decimal

import numpy as np
import pytest
from tests.verification.answers import Answered, compared
from tests.verification.by_hand import at_the_line, at_the_office, served_at_hours
from tests.verification.by_review import NEVER, moved_by_review
from tests.verification.groups import started_in_groups
from tests.verification.known import OWN_SERVICES, Memory, asked, played, records_of
from tests.verification.rules import RULES

from simcare.analysis.records import Records
from simcare.kernels.tables import FATES, TICKS_PER_DAY

MEANS_WITHIN = 0.10  # of the value: the half of the 95 % interval of a mean
SHARES_WITHIN = 0.02  # the same of a share, in itself
NAMES = [service.name for service in RULES]


def records(*overrides: str) -> list[Records]:
    """Return the records of a service, one for each of three replications."""
    study = asked(
        ["population=plain", "replications=3", "warm_up_days=0", *overrides], OWN_SERVICES
    )
    memory = Memory()
    played(study, memory)
    return records_of(study, memory)


@pytest.mark.parametrize("service", [s for s in RULES if s.printed], ids=lambda s: s.name)
def test_theory_has_the_values_printed_elsewhere(service: Answered) -> None:
    """Hold that the package's formulas round to values that were computed apart from it."""
    for quantity, text in service.printed.items():
        unit = Decimal(1).scaleb(int(Decimal(text).as_tuple().exponent))
        exact = service.answers[quantity].exact
        assert abs(Decimal(exact) - Decimal(text)) <= unit * Decimal("0.501"), (quantity, exact)


@pytest.mark.parametrize("service", RULES, ids=NAMES)
def test_a_rule_has_its_exact_values(service: Answered) -> None:
    """Hold that every quantity agrees with theory, and is known well enough to say so.

    Seeds are fixed. With others 3 of 10,000 estimates would fail by chance (Student's t of 40
    replications at 4 standard errors; 2 with 60).
    """
    found = [
        fault
        for share, estimated in compared(service)
        for fault in estimated.faults(SHARES_WITHIN if share else MEANS_WITHIN * estimated.exact)
    ]
    assert found == []


def test_who_is_sent_home_by_a_case_is_whoever_would_have_found_no_place() -> None:
    """V16b twice, by a case and by a list that nobody stays on: the same stays, row by row."""
    tandem = ("service=tandem", "horizon_days=3000", "service.stages.detox.hold=false")
    cases = "[{where: {residential: free}, to: {residential: 0.7, out: 0.3}}, {to: out}]"
    by_case = records(*tandem, f"service.stages.detox.next.completed={cases}")
    by_list = records(*tandem, "service.conditions.waiting.leave={after_days: {fixed: 0}}")
    for one, other in zip(by_case, by_list, strict=True):
        turned_away = other.columns["started"] < 0
        turned_away &= other.columns["stage"] == 1
        turned_away &= other.columns["fate"] == FATES.index("left")
        assert turned_away.sum() > 20
        stays = other.visits[~turned_away]
        for column in ("client", "stage", "queued", "started", "ended", "fate"):
            np.testing.assert_array_equal(one.visits[column], stays[column])


OFFICE = (
    "service.calendars.line={days: monday-friday, hours: '09:00-15:30', holidays: norway, "
    "closed: [{from: '02-20', to: '02-24'}]}"
)


@pytest.mark.parametrize("hours", ["line", "office"])
def test_opening_hours_by_hand(hours: str) -> None:
    """Everybody starts in the very second in which the list and the hours let them."""
    is_open = at_the_line if hours == "line" else at_the_office
    of_office = (OFFICE, "service.arrivals.people.per_day=15") if hours == "office" else ()
    for run in records("service=office", "horizon_days=180", *of_office):
        visits = run.visits[np.argsort(run.columns["queued"], kind="stable")]
        stay = round(0.02 * TICKS_PER_DAY)
        expected = served_at_hours(visits["queued"].tolist(), stay, 2, is_open, 180 * TICKS_PER_DAY)
        assert visits["started"].tolist() == expected
        beyond = [start for start in expected if start >= 0 and not is_open(start + stay - 1)]
        waited = visits["started"] > visits["queued"]
        assert len(beyond) > 20  # begun before the closing, and not broken off by it
        assert waited.sum() > 500


def test_reviews_by_hand() -> None:
    """Everybody gets the place that comes first: the public one, or the private one at a review."""
    day = TICKS_PER_DAY
    for run in records("service=moving", "horizon_days=4000"):
        visits, first = run.visits, run.first
        came = visits["queued"][first].tolist()
        expected = moved_by_review(came, (30 * day, 45 * day), (10 * day, 7 * day), 4000 * day)
        began = visits[visits["started"] >= 0]
        found = [("waiting", NEVER)] * len(came)
        for who, stage, tick in zip(
            began["client"].tolist(),
            began["stage"].tolist(),
            began["started"].tolist(),
            strict=True,
        ):
            found[who] = (("public", "private")[stage], tick)
        assert found == expected
        moved = visits[visits["fate"] == FATES.index("moved")]
        assert len(moved) == sum(where == "private" for where, _ in expected) > 20
        assert (moved["started"] == NEVER).all()


@pytest.mark.parametrize("order", ["", "{classes: [{severity: {at_least: 0}}]}"])
def test_groups_by_hand(order: str) -> None:
    """Groups of five start in the second in which the fifth comes, or the last but one is over.

    Eleven places, so that there is room for two groups at a time, and one is never used. An order
    in which all are alike changes nothing.
    """
    day = TICKS_PER_DAY
    service = (
        *("service=one_queue", "horizon_days=3000", "service.arrivals.people.per_day=0.9"),
        *("service.capacities.places.beds=11", "service.capacities.places.together=5"),
        "service.stages.queue.stay_days={fixed: 10}",
        *((f"service.capacities.places.order={order}",) if order else ()),
    )
    for run in records(*service):
        came = np.sort(run.columns["queued"]).tolist()
        expected = started_in_groups(came, 5, 2, 10 * day)
        began = np.array([tick if tick < 3000 * day else -1 for tick in expected])
        started = run.columns["started"][run.columns["queued"].argsort(kind="stable")]
        np.testing.assert_array_equal(started, began)
        at_once = run.columns["started"] == run.columns["queued"]
        assert 100 < at_once.sum() < len(came) / 5 - 20  # and some groups had to wait for room


def test_closings_by_their_dates_are_changes_on_their_days() -> None:
    """Four tenths of 12 beds closed from 1 to 14 February of three years: the same records.

    From Monday the 2nd of January 2017 on, the first of February is day 30, 395 and 760; five beds
    are closed (4.8 rounded), and open again a fortnight later.
    """
    queue = (
        *("service=one_queue", "horizon_days=800", "service.capacities.places.beds=12"),
        "service.arrivals.people.per_day=1.5",
        "service.stages.queue.stay_days={exponential: {mean: 7}}",
    )
    changes = ", ".join(
        f"{{day: {day}, number: 7}}, {{day: {day + 14}, number: 12}}" for day in (30, 395, 760)
    )
    by_days = records(*queue, f"service.capacities.places.changes=[{changes}]")
    closing = "[{from: '02-01', to: '02-14', closed_share: 0.4}]"
    by_dates = records(*queue, f"service.capacities.places.closings={closing}")
    for one, other in zip(by_dates, by_days, strict=True):
        assert one.visits.tobytes() == other.visits.tobytes()
