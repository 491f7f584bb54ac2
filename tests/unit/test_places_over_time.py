"""A run of a service with opening hours and staff: what is offered, and that it proves itself."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from simcare import cli
from simcare.analysis.outcomes import Outcome
from simcare.analysis.records import Ticks
from simcare.config.build import job
from simcare.engines import compiled
from simcare.engines.cohort import key_of
from simcare.engines.lowering import lower
from simcare.engines.staffing import changes_of
from simcare.kernels.tables import TICKS_PER_DAY
from simcare.study import Study, reading_of
from simcare.study.playing import tell
from simcare.study.reading import as_played

DAYS, WARM_UP = 400, 40
NONE: Ticks = np.zeros(0, np.int64)
STAFF = (
    "{staff: {members: 5, caseload: 2, sick_leave: {share: 0.2, mean_days: 8}}, units: 2, "
    "closings: [{from: '07-01', to: '07-31', closed_share: 0.5}]}"
)
ARGUMENTS = [
    "service=one_queue", "population=plain", f"horizon_days={DAYS}", f"warm_up_days={WARM_UP}",
    "service.arrivals.people.per_day=5", "replications=3",
]  # fmt: skip


def study(capacity: str, *more: str) -> Study:
    """Return a study of one queue before such a capacity."""
    return job([*ARGUMENTS, f"service.capacities.places={capacity}", *more]).study


def place_days(made: Study, replication: int, starts: Ticks = NONE, ends: Ticks = NONE) -> float:
    """Return the place-days after the warm-up, added up from moment to moment.

    Of places that are gone those count that are in use from some starts to ends.
    """
    program = lower(made.scenes[0].scenario, made.plan.start_date, DAYS)
    number = np.array([place.number for place in program.places])
    changes = changes_of(program, key_of(made.plan.seed, replication)).tolist()
    moments = [(tick, 0, place, to) for tick, place, to, _ in changes]
    moments += [(tick, 1, 0, 0) for tick in starts.tolist()]
    moments += [(tick, -1, 0, 0) for tick in ends.tolist()]
    total, busy, since = 0, 0, WARM_UP * TICKS_PER_DAY
    for tick, more, place, to in sorted(moments):
        total += max(int(number.sum()), busy) * (max(tick, since) - since)
        since, busy = max(tick, since), busy + more
        if not more:
            number[place] = to
    total += max(int(number.sum()), busy) * (DAYS * TICKS_PER_DAY - since)
    return total / TICKS_PER_DAY


def test_what_is_offered_follows_the_sick_leave_of_a_replication() -> None:
    """Hold that utilisation is what was busy over what was there, or kept in use, in that very one.

    Those who are in places when these close or their staff fall ill stay in them for a while.
    """
    made = study(STAFF)
    scenario, plan = made.scenes[0].scenario, made.plan
    program, reading = lower(scenario, plan.start_date, DAYS), reading_of(scenario, plan)
    offered = []
    for replication in (0, 1):
        visits = compiled.simulate(program, plan.seed, replication)
        played = as_played(reading, program, plan.seed, replication)
        told = tell(played, visits).outcomes
        (used,) = (v for o, v in told.items() if o.name == "utilisation")
        starts = visits["started"].astype(np.int64)
        ends = np.where(visits["ended"] < 0, DAYS * TICKS_PER_DAY, visits["ended"])
        window = np.clip(ends, WARM_UP * TICKS_PER_DAY, None)
        window = window - np.clip(starts, WARM_UP * TICKS_PER_DAY, None)
        busy = window[starts >= 0].sum() / TICKS_PER_DAY
        offered.append(place_days(made, replication))
        usable = place_days(made, replication, starts[starts >= 0], ends[starts >= 0])
        assert used == pytest.approx(100 * busy / usable, rel=1e-12)
        assert offered[-1] < usable < 1.1 * offered[-1]
    assert offered[0] != offered[1]
    assert all(days < 10 * (DAYS - WARM_UP) for days in offered)


def test_a_reading_of_fixed_numbers_is_the_same_for_all() -> None:
    """Hold that nothing is drawn for a calendar: 3 places for two hours a day, every day."""
    made = study("{beds: 3, open: line}", "service.calendars={line: {hours: '08:00-10:00'}}")
    scenario, plan = made.scenes[0].scenario, made.plan
    reading = reading_of(scenario, plan)
    program = lower(scenario, plan.start_date, DAYS)
    assert as_played(reading, program, plan.seed, 5) is reading
    (rows,) = reading.places
    hour = TICKS_PER_DAY // 24
    assert rows[:4] == ((0, 0), (8 * hour, 3), (10 * hour, 0), (32 * hour, 3))
    assert len(rows) == 1 + 2 * DAYS
    assert place_days(made, 0) == pytest.approx(3 * 2 / 24 * (DAYS - WARM_UP))


def test_shared_lists_have_no_parts() -> None:
    """Hold that categories have numbers of their own unless they share one list."""
    homes = (
        "population.attributes={motivation: {number: {fixed: 1}}, severity: {number: {fixed: 0}}, "
        "home: {shares: {a: 0.5, b: 0.5}}}"
    )
    found = {}
    for lists in ("own", "by_category", "one"):
        made = study(f"{{by: home, beds: {{a: 4, b: 3}}, units: 2, lists: {lists}}}", homes)
        reading = reading_of(made.scenes[0].scenario, made.plan)
        assert reading.places == (((0, 7),),)
        found[lists] = [(part.category, part.units, part.places) for part in reading.parts]
    assert found["own"] == [("a", range(2), ((0, 4),)), ("b", range(2, 4), ((0, 3),))]
    assert found["by_category"] == [("a", range(1), ((0, 4),)), ("b", range(1, 2), ((0, 3),))]
    assert found["one"] == []


def test_a_service_with_staff_and_calendars_is_run_and_proved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hold that a run is finished, audited whole by the other engine, and the same when it is read.

    The audit holds outcomes against the run's own, utilisation among them.
    """
    monkeypatch.chdir(tmp_path)
    service = [f"service.capacities.places={STAFF}", "service.arrivals.people.until_day=300"]
    run = ["run", *ARGUMENTS, *service, "output=made", "audit=all"]
    assert cli.main(run) == 0
    said = capsys.readouterr()
    proof = yaml.safe_load((tmp_path / "made" / "provenance.json").read_text(encoding="utf-8"))
    audit: dict[str, Any] = proof["audit"]
    assert (audit["verdict"], len(audit["replications"])) == ("identical", 3), said
    summary = (tmp_path / "made" / "summary.csv").read_text(encoding="utf-8")
    assert Outcome("utilisation", "all places", "places").name in summary
