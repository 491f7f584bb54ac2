"""Loads of studies: what is played once, what limits are lifted; workers change nothing."""

from dataclasses import replace

import numpy as np
import pytest

from simcare.analysis.load import Load, Presence, Supply
from simcare.analysis.usable import Window
from simcare.config.build import job
from simcare.engines.compiled import simulate
from simcare.engines.lowering import lower
from simcare.study import Study
from simcare.study import load as module
from simcare.study.load import CLIENTS, ENDLESS, REPLICATIONS, loads, without_limit

QUEUE = ["service=one_queue", "population=plain", "warm_up_days=50", "horizon_days=600"]


def study(*settings: str) -> Study:
    """Return a study of one queue that is asked for three places at a time."""
    stay = "service.stages.queue.stay_days={exponential: {mean: 2}}"
    made = [*QUEUE, "service.arrivals.people.per_day=1.5", stay, *settings]
    return job(list({key.partition("=")[0]: key for key in made}.values())).study


def load(*settings: str) -> Load:
    """Return the load of the one capacity of such a study."""
    (((found,),),) = loads([study(*settings)], 1)
    return found


def test_nobody_waits_without_limits() -> None:
    """Hold that with places without limit everybody begins in the tick of asking."""
    changes = "service.capacities.places.changes=[{day: 10, number: 0}]"
    one = study("service.capacities.places.beds=1", changes)
    program = lower(one.scenes[0].scenario, one.plan.start_date, one.plan.horizon_days)
    endless = without_limit(program)
    assert len(program.changes) == 1
    assert len(endless.changes) == 0
    assert [place.number for place in endless.places] == [ENDLESS]
    visits = simulate(endless, 1, 0)
    assert len(visits) > 500
    assert np.array_equal(visits["queued"], visits["started"])
    assert program.places[0].number == 1
    assert program.tables.capacities["number"].tolist() == [1]


def test_the_load_is_that_of_the_people_not_of_the_places() -> None:
    """Hold that beds, units and changes move what there is, and not one digit of what is asked."""
    found = [
        load("service.capacities.places.beds=2"),
        load("service.capacities.places.beds=40"),
        load(
            "service.capacities.places.beds=2",
            "service.capacities.places.changes=[{day: 325, number: 6}]",
        ),
    ]
    assert len({(one.offered, one.lower, one.upper) for one in found}) == 1
    assert [one.places for one in found] == pytest.approx([2.0, 40.0, 4.0])
    assert [one.supply for one in found] == [Supply.SHORT, Supply.ENOUGH, Supply.ENOUGH]


def test_what_differs_in_places_alone_is_played_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold that of four studies that differ in beds, and one in its people, two are played."""
    played = []

    def counted(endless: "module._Unlimited") -> "module._Seen":
        played.append(endless)
        return original(endless)

    original = module._played
    monkeypatch.setattr(module, "_played", counted)
    many = [study(f"service.capacities.places.beds={n}") for n in (1, 2, 3, 4)]
    found = loads([*many, study("service.arrivals.people.per_day=3")], 2)
    assert len(played) == 2
    assert [one[0][0].places for one in found] == [1.0, 2.0, 3.0, 4.0, 1.0]


def test_workers_change_nothing() -> None:
    """Hold that the loads are the same, in the same order, for one worker and for many."""
    study = job(["experiment=access", "horizon_days=900", "warm_up_days=500"]).study
    some = replace(study, scenes=study.scenes[:4])
    assert loads([some], 1) == loads([some], 4)
    assert len(loads([some], 2)[0]) == 4


def presence(*settings: str) -> Presence:
    """Return who is where when such a study is played without limits."""
    one = study(*settings)
    plan = one.plan
    program = lower(one.scenes[0].scenario, plan.start_date, plan.horizon_days)
    window = Window(int(plan.warm_up_days * 86_400), program.horizon)
    return module._played(
        module._Unlimited(without_limit(program), None, plan.seed, window)
    ).presence


def test_more_is_played_until_enough_is_known() -> None:
    """Hold that a load is known to 2 of 100, or that so many clients or replications were played.

    Known to 2 of 100: with exponential stays, two times 1.96 ** 2 / 0.02 ** 2, some 19,000 clients
    in the window, 21,000 in all. With stays of a squared variation of 20 it would take 220,000;
    with three people in a replication the replications end it.
    """
    known = load()
    assert 0.01 * known.offered < known.upper - known.offered <= 0.02 * known.offered
    assert 17_000 < presence().clients < 25_000
    uneven = "service.stages.queue.stay_days={gamma: {mean: 2, shape: 0.05}}"
    crowded = ("service.arrivals.people.per_day=30", uneven)
    unknown = load(*crowded)
    assert unknown.upper - unknown.offered > 0.02 * unknown.offered
    assert CLIENTS <= presence(*crowded).clients < CLIENTS + 20_000
    assert presence("service.arrivals.people.per_day=0.005").replications == REPLICATIONS


def test_a_service_without_capacities_has_no_load() -> None:
    """Hold that where nothing is asked for there is nothing to say."""
    assert loads([job(["service=no_queue", "population=plain"]).study], 1) == [[()]]
    assert loads([], 4) == []


def test_nobody_comes() -> None:
    """Hold that a capacity that nobody asks for is unused: nothing is missing, nothing divided."""
    unused = load("service.arrivals.people.per_day=1e-9")
    assert unused.supply == Supply.UNUSED
    assert (unused.offered, unused.least, unused.per_place) == (0.0, 0.0, 0.0)
