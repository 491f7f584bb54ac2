"""Policies compared person by person in a run: what is kept of each client, what comes of it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from simcare.analysis.clients import EVENTS, GAVE_UP, STARTED, Clients
from simcare.analysis.groups import ALL
from simcare.analysis.pairs import WELLBEING, Of, PairRow
from simcare.analysis.proof import DIFFERENT, IDENTICAL
from simcare.config.build import job
from simcare.kernels.tables import VISIT
from simcare.model.arrivals import Stream
from simcare.model.scenario import Scenario
from simcare.model.wellbeing import Wellbeing
from simcare.store import Folder, code_hash, open_folder
from simcare.study import Block, Played, Scene, Study, Told, blocks, pairs, prove, run
from simcare.study.terms import traits

YEAR = 365
# One place for two people a day who stay for a day: from day 365 on nearly all wait for a year.
QUEUE = ["service=one_queue", "population=plain", "service.arrivals.people.per_day=2"]
TIMES = ["horizon_days=1000", "warm_up_days=100", "replications=3"]
PATIENT = ["service.conditions.waiting.leave=null"]
ORIGIN = {"config_sha256": "a", "code_sha256": "b"}
CASE = "people"
PEOPLE = (
    "population.attributes={motivation: {number: {fixed: 0.6}}, "
    "severity: {number: {uniform: {low: 0, high: 1}}}, "
    "age: {number: {uniform: {low: 18, high: 80}}}, home: {shares: {north: 0.5, south: 0.5}}}"
)
FARING = {
    "areas": {"health": {"at_first": 0.5}},
    "while_in": {"waiting": {"health": {"half_life_days": 100, "towards": 0.0}}},
}


def _silent(done: float, total: int) -> None:
    """Hear how far a run is, and say nothing."""


@cache
def study() -> Study:
    """Return a study of one policy, the base, in which people wait ever longer."""
    return job([*QUEUE, *TIMES, *PATIENT, PEOPLE]).study


def changed(base: Scenario, streams: dict[str, Any] | None = None, **service: Any) -> Scenario:
    """Return a scenario with other streams, or what else of the service is changed."""
    if streams is not None:
        service["arrivals"] = {k: Stream.model_validate(v) for k, v in streams.items()}
    return base.model_copy(update={"service": base.service.model_copy(update=service)})


def with_beds(beds: int) -> Scenario:
    """Return the base with so many places."""
    return (
        job([*QUEUE, *TIMES, *PATIENT, PEOPLE, f"service.capacities.places.beds={beds}"])
        .study.scenes[0]
        .scenario
    )


def against(*others: Scenario, base: Scenario | None = None) -> Study:
    """Return a study of the base and other policies, in one case."""
    first = base or study().scenes[0].scenario
    scenes = [
        Scene(CASE, f"policy_{k}", scenario, 3) for k, scenario in enumerate((first, *others))
    ]
    return replace(study(), scenes=tuple(scenes))


def compared(found: Study, path: Path, workers: int = 1) -> list[dict[Of, PairRow]]:
    """Run a study into a folder, and return whom each policy helps and harms."""
    with open_folder(path, {"seed": 1}, ORIGIN, keeps_visits=False) as folder:
        run(found, folder, workers, _silent)
        return [{row.of: row for row in rows} for rows in pairs(found, folder)]


def kept(found: Study, folder: Folder) -> list[tuple[Scene, Block, tuple[Clients, ...]]]:
    """Return what a folder has kept of the clients of each block."""
    every = []
    for block in blocks(found):
        scene = found.scenes[block.scene]
        clients = folder.clients(scene, block)
        assert clients is not None
        every.append((scene, block, clients))
    return every


def as_bytes(clients: Sequence[Clients]) -> list[tuple[object, ...]]:
    """Return all that is told of clients, each number as its bytes."""
    return [
        (
            one.ids.tobytes(),
            one.asked.tobytes(),
            one.events.tobytes(),
            None if one.wellbeing is None else one.wellbeing.tobytes(),
            one.groupings,
            one.groups.tobytes(),
            [a.dtype for a in (one.ids, one.asked, one.events, one.groups)],
        )
        for one in clients
    ]


class Listening:
    """A store that keeps what it is told of clients, and nothing else."""

    keeps_visits = False

    def __init__(self) -> None:
        self.told: dict[tuple[int, int], Sequence[Told]] = {}

    def find(self, scene: Scene, block: Block) -> None:
        """Return nothing: all is played."""

    def keep(self, scene: Scene, block: Block, told: Sequence[Told], played: object) -> None:
        """Keep what is told."""
        self.told[block.scene, block.number] = told


# --- whom a policy helps and harms ---------------------------------------------------------------


def test_more_places_harm_nobody(tmp_path: Path) -> None:
    """With places enough all start at once: who did not start in time is helped, nobody harmed.

    Expected: a list served in the order of coming never makes anybody wait longer with more places
    (Kiefer and Wolfowitz 1955); with 30 places for 2 erlangs hardly anybody waits at all.
    """
    found = against(with_beds(30))
    base, rows = compared(found, tmp_path / "r")
    assert base == {}
    with open_folder(tmp_path / "r", {"seed": 1}, ORIGIN, keeps_visits=False) as folder:
        first = [c for s, _, c in kept(found, folder) if s.policy == "policy_0"]
    late = [100 - 100 * c.events[EVENTS.index(STARTED)].mean() for block in first for c in block]
    row = rows[Of(STARTED, ALL, "")]
    assert row.helped.mean == pytest.approx(np.mean(late), rel=1e-12)
    assert row.helped.mean > 20
    assert (row.harmed.mean, row.only_base.mean, row.only_policy.mean) == (0, 0, 0)
    assert (row.base, row.helped.n) == ("policy_0", 3)


def test_the_same_policy_changes_nobody(tmp_path: Path) -> None:
    """Hold that the same people with the same luck under the same rules fare alike, to the last."""
    first = study().scenes[0].scenario
    faring = changed(first, wellbeing=Wellbeing.model_validate(FARING))
    _, rows = compared(against(faring, base=faring), tmp_path / "r")
    assert {of.measure for of in rows} == {*EVENTS, WELLBEING}
    for row in rows.values():
        assert (row.helped.mean, row.harmed.mean, row.unchanged.mean) == (0, 0, 100)


def test_who_comes_by_another_stream_is_counted_apart(tmp_path: Path) -> None:
    """Expected: all of the other stream, for each 100 of those in both; none of them compared.

    The other way round they are there under the base alone.
    """
    first = study().scenes[0].scenario
    more = changed(first, {"people": {"per_day": 2}, "others": {"per_day": 1}})
    _, rows = compared(against(more), tmp_path / "a")
    _, back = compared(against(first, base=more), tmp_path / "b")
    with open_folder(tmp_path / "a", {"seed": 1}, ORIGIN, keeps_visits=False) as folder:
        both, every = (
            [len(c.ids) for s, _, b in kept(against(more), folder) for c in b if s.policy == p]
            for p in ("policy_0", "policy_1")
        )
    row, mirrored = rows[Of(STARTED, ALL, "")], back[Of(STARTED, ALL, "")]
    shares = [100 * (all_ - two) / two for two, all_ in zip(both, every, strict=True)]
    assert row.only_policy.mean == pytest.approx(np.mean(shares), rel=1e-12)
    assert row.only_policy.mean > 30
    assert row.people == np.mean(both)
    assert (mirrored.only_base, mirrored.only_policy) == (row.only_policy, row.only_base)
    assert (mirrored.helped, mirrored.harmed) == (row.harmed, row.helped)


def test_who_asks_at_another_time_is_not_compared(tmp_path: Path) -> None:
    """Where more come, somebody's number in the stream is the same, and the time is not."""
    first = study().scenes[0].scenario
    _, rows = compared(against(changed(first, {"people": {"per_day": 3}})), tmp_path / "r")
    assert rows[Of(STARTED, ALL, "")].people == 0
    assert rows[Of(STARTED, ALL, "")].helped.n == 0


def test_streams_that_are_not_counted_are_not_told(tmp_path: Path) -> None:
    """Callers of an advice line are none who ask for help: they are in no part."""
    first = study().scenes[0].scenario
    line = {"people": {"per_day": 2}, "others": {"per_day": 1, "counted": False}}
    _, rows = compared(against(changed(first, line)), tmp_path / "r")
    assert rows[Of(STARTED, ALL, "")].only_policy.mean == 0


def test_groups_are_what_people_were_when_they_asked(tmp_path: Path) -> None:
    """Categories, and numbers from 0 to 1 in bands: an age has none. The groups make up all.

    Motivation is the same for all, and makes no groups.
    """
    _, rows = compared(against(with_beds(2)), tmp_path / "r")
    groups = {(of.by, of.group) for of in rows if of.measure == GAVE_UP and of.by != ALL}
    bands = ("below 0.4", "0.4 to 0.6", "0.6 and more")
    assert groups == {
        *(("severity", band) for band in bands),
        *(("home", home) for home in ("north", "south")),
    }
    for by in ("severity", "home"):
        people = [row.people for of, row in rows.items() if (of.measure, of.by) == (GAVE_UP, by)]
        assert sum(people) == pytest.approx(rows[Of(GAVE_UP, ALL, "")].people)
    assert [trait.name for trait in traits(study().scenes[0].scenario)] == ["severity", "home"]


def test_any_number_of_workers_finds_the_same(tmp_path: Path) -> None:
    """Hold that the comparison depends on nobody's order."""
    found = against(with_beds(2), with_beds(3))
    assert compared(found, tmp_path / "a") == compared(found, tmp_path / "b", workers=2)


# --- what is kept --------------------------------------------------------------------------------


def test_what_is_told_of_clients_survives_the_round_trip(tmp_path: Path) -> None:
    """Hold that every number of every client comes back bit for bit, wellbeing too."""
    first = study().scenes[0].scenario
    faring = changed(first, wellbeing=Wellbeing.model_validate(FARING))
    for number, found in enumerate((against(with_beds(2)), against(faring, base=faring))):
        heard = Listening()
        run(found, heard, 1, _silent)
        with open_folder(tmp_path / str(number), {"seed": 1}, ORIGIN, False) as folder:
            for block in blocks(found):
                scene, told = found.scenes[block.scene], heard.told[block.scene, block.number]
                folder.keep(scene, block, told, None)
                clients = folder.clients(scene, block)
                mine = [one.clients for one in told if one.clients is not None]
                assert clients is not None
                assert len(mine) == len(told)
                assert len(mine[0].ids) > 100
                assert (mine[0].wellbeing is not None) == bool(number)
                assert as_bytes(clients) == as_bytes(mine)


def test_a_run_that_nobody_is_seen_in_for_a_year_keeps_nobody(tmp_path: Path) -> None:
    """Hold that arrays without clients are found again, and that nobody is compared."""
    short = study().plan.model_copy(update={"horizon_days": 300})
    found = replace(against(with_beds(2)), plan=short)
    assert compared(found, tmp_path / "r") == [{}, {}]
    with open_folder(tmp_path / "r", {"seed": 1}, ORIGIN, keeps_visits=False) as folder:
        assert all(len(c.ids) == 0 for *_, block in kept(found, folder) for c in block)


def test_a_run_of_one_policy_keeps_no_clients(tmp_path: Path) -> None:
    """Where nothing is compared nothing is told one by one, and nothing written."""
    assert compared(study(), tmp_path / "r") == [{}]
    assert not (tmp_path / "r" / "clients").exists()


def test_cases_of_one_policy_are_not_compared(tmp_path: Path) -> None:
    """Hold that another case is another world, whose people are set beside nobody's."""
    found = against(with_beds(2))
    one, other = found.scenes
    apart = replace(found, scenes=(one, replace(other, case="another")))
    assert compared(apart, tmp_path / "r") == [{}, {}]
    assert not (tmp_path / "r" / "clients").exists()


def test_wellbeing_may_differ_in_its_last_digits(tmp_path: Path) -> None:
    """Other processors round otherwise; what differs by more is named by its table and row."""
    first = study().scenes[0].scenario
    faring = changed(first, wellbeing=Wellbeing.model_validate(FARING))
    found = against(faring, base=faring)
    heard = Listening()
    run(found, heard, 1, _silent)
    scene, block, told = found.scenes[0], blocks(found)[0], heard.told[0, 0]
    nobody = Played((np.zeros(0, VISIT),), (np.zeros(0, np.uint64),))
    origin = {**ORIGIN, "code_sha256": code_hash()}
    with open_folder(tmp_path / "r", {"seed": 1}, origin, keeps_visits=False) as folder:
        folder.keep(scene, block, told, None)
        for factor, differs in ((1.0, False), (1 + 3e-7, False), (1.001, True)):
            (one,) = told
            clients = one.clients
            assert clients is not None
            assert clients.wellbeing is not None
            moved = clients.wellbeing.copy()
            moved[7] *= factor
            again = replace(one, clients=replace(clients, wellbeing=moved))
            words = folder.unlike(scene, block, block.replications, [again], nobody)
            assert bool(words) == differs
        assert str(words).startswith(
            f"clients/{CASE}/policy_0/part-00000.parquet: row 7: wellbeing"
        )


def test_an_audit_looks_at_what_is_told_of_clients(tmp_path: Path) -> None:
    """Hold that a client whose fate was changed in the table is found by playing again."""
    found = against(with_beds(2))
    origin = {**ORIGIN, "code_sha256": code_hash()}
    how: Any = ("all", 1.0, 1, _silent), ("sample", 1e9, 1, _silent)
    with open_folder(tmp_path / "r", {"seed": 1}, origin, keeps_visits=False) as folder:
        results = run(found, folder, 1, _silent)
        outcomes = [result.outcomes for result in results]
        for asked in how:
            assert prove(found, "a", folder, outcomes, *asked).verdict == IDENTICAL
        part = sorted((tmp_path / "r" / "clients").rglob("*.parquet"))[-1]
        pl.read_parquet(part).with_columns(~pl.col("started")).write_parquet(part)
        for asked in how:
            proof = prove(found, "a", folder, outcomes, *asked)
            assert proof.verdict == DIFFERENT
            assert proof.difference.startswith("clients/people/policy_1/part-00002.parquet")


@pytest.mark.parametrize("left", [None, 0, 0.5])
def test_clients_that_are_damaged_or_gone_are_told_again(
    tmp_path: Path, left: float | None
) -> None:
    """Hold that a block whose clients are not as they were written counts as not played."""
    found = against(with_beds(2))
    before = compared(found, tmp_path / "r")
    with open_folder(tmp_path / "r", {"seed": 1}, ORIGIN, keeps_visits=False) as folder:
        scene, block = found.scenes[1], blocks(found)[-1]
        assert folder.find(scene, block) is not None
        part = sorted((tmp_path / "r" / "clients").rglob("*.parquet"))[-1]
        data = part.read_bytes()
        if left is None:
            part.unlink()
        else:
            part.write_bytes(data[: round(left * len(data))])
        assert folder.find(scene, block) is None
        assert folder.clients(scene, block) is None
    assert compared(found, tmp_path / "r") == before
    assert part.read_bytes() == data


def test_a_table_of_clients_says_who_they_are(tmp_path: Path) -> None:
    """A row of the table can be read without simcare: names for numbers, attributes as drawn."""
    found = against(with_beds(2))
    compared(found, tmp_path / "r")
    table = pl.read_parquet(next((tmp_path / "r" / "clients").rglob("*.parquet")))
    assert table.columns == [
        *("replication", "stream", "number", "asked", "started", "gave_up", "relapsed", "died"),
        *("severity_at_arrival", "home_at_arrival"),
    ]
    assert set(table["stream"]) == {"people"}
    assert set(table["home_at_arrival"]) == {"north", "south"}
    day = table["asked"] / 86_400
    assert day.min() >= 100  # type: ignore[operator]
    assert day.max() <= 1000 - YEAR  # type: ignore[operator]
    assert table["number"].diff().drop_nulls().unique().to_list() == [1]
