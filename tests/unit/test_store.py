"""Results folders: files whole or not at all, nothing lost, nothing of others touched."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from simcare import store
from simcare.analysis.deadlines import Lateness
from simcare.analysis.equity import Equity
from simcare.analysis.groups import Entry
from simcare.analysis.outcomes import MORE, Outcome
from simcare.config.build import Job, job
from simcare.kernels.tables import FATES
from simcare.model.deadlines import Deadline
from simcare.store import Folder, StoreError, check_writable, is_finished, open_folder, write_whole
from simcare.store.records import frame_of, unlike, visits_of
from simcare.study import Block, Played, Scene, Study, Told, findings_of, run

QUEUE = ["service=one_queue", "population=plain", "service.arrivals.people.per_day=2"]
ARGUMENTS = [*QUEUE, "replications=12", "warm_up_days=1"]
ORIGIN = {"config_sha256": "a", "code_sha256": "b"}
RESOLVED = {"seed": 1}
TOLD, VISITS = 0, 1


def _silent(done: float, total: int) -> None:
    """Hear how far a run is, and say nothing."""


class Memory:
    """A store that keeps blocks as they are played."""

    keeps_visits = True

    def __init__(self) -> None:
        self.kept: dict[int, tuple[Sequence[Told], Played]] = {}

    def find(self, scene: Scene, block: Block) -> None:
        """Return nothing: all is played."""

    def keep(self, scene: Scene, block: Block, told: Sequence[Told], played: Played | None) -> None:
        """Keep a block as it is."""
        assert played is not None
        self.kept[block.number] = told, played


@pytest.fixture(scope="module")
def made() -> Job:
    """Return a small job: one queue, twelve replications of 30 days."""
    return job([*ARGUMENTS, "horizon_days=30"])


@pytest.fixture(scope="module")
def played(made: Job) -> Memory:
    """Return the records of the small job."""
    memory = Memory()
    run(made.study, memory, 1, _silent)
    return memory


def blocks_of(
    study: Study, memory: Memory
) -> Iterator[tuple[Scene, Block, Sequence[Told], Played]]:
    """Yield the blocks of a study's one scene, with what they say and their records."""
    (scene,) = study.scenes
    for number, first in enumerate(range(0, scene.replications, 5)):
        block = Block(0, number, range(first, min(first + 5, scene.replications)))
        yield scene, block, *memory.kept[number]


def opened(path: Path, origin: dict[str, Any] | None = None, keeps_visits: bool = True) -> Any:
    """Return the context in which a results folder is open."""
    return open_folder(path, RESOLVED, origin or ORIGIN, keeps_visits)


def finish(path: Path, made: Job, keeps_visits: bool = True) -> list[int]:
    """Run the small job into a folder to its end; return how many blocks were played."""
    with open_folder(path, made.resolved, ORIGIN, keeps_visits) as folder:
        before = is_finished(folder)
        results = run(made.study, folder, 1, _silent)
        if not before or folder.played:
            folder.finish(findings_of(made.study, results), 1.0)
        return [folder.played]


def parts(path: Path) -> list[Path]:
    """Return the parts of blocks in a folder: first what replications say, then the visits."""
    kinds = ("replications", "visits")
    return [part for kind in kinds for part in sorted((path / kind).rglob("*.parquet"))]


# --- writing -----------------------------------------------------------------------------------


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    """Hold that a file is there with its content, its folders made, and nothing beside it."""
    path = tmp_path / "deep" / "file.csv"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert [entry.name for entry in path.parent.iterdir()] == ["file.csv"]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError("no space"), KeyboardInterrupt()])
def test_a_failed_write_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str, error: BaseException
) -> None:
    """Hold that a failure in the middle of a write leaves the old file and no other."""
    path = tmp_path / "file.csv"
    write_whole(path, b"old")

    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(os, failing, fail)
        with pytest.raises(type(error)):
            write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.csv"]


# --- records -----------------------------------------------------------------------------------


def test_records_survive_the_round_trip(tmp_path: Path, made: Job, played: Memory) -> None:
    """Hold that every column comes back bit for bit, NaN and missing ticks included."""
    with opened(tmp_path / "r") as folder:
        for scene, block, told, records in blocks_of(made.study, played):
            folder.keep(scene, block, told, records)
            found = folder.visits(scene, block)
            assert found is not None
            for before, after in zip(records.visits, found, strict=True):
                assert np.isnan(before["motivation_started"]).any()
                assert (before["started"] == -1).any()
                assert after.dtype == before.dtype
                for name in before.dtype.names or ():
                    assert after[name].tobytes() == before[name].tobytes(), name


def test_fates_of_earlier_versions_are_read(made: Job, played: Memory) -> None:
    """Hold that records are told by the names of fates, not by the numbers that these had then."""
    scene, block, _, records = next(iter(blocks_of(made.study, played)))
    now = frame_of(scene, block, records)
    earlier = [fate for fate in FATES if fate not in ("missed", "moved")]
    then = now.with_columns(pl.col("fate").cast(pl.String).cast(pl.Enum(earlier)))
    assert (then["fate"].to_physical() != now["fate"].to_physical()).any()
    assert unlike(then, now, block.replications) is None
    for replication, visits in zip(block.replications, records.visits, strict=True):
        assert visits_of(then, replication).tobytes() == visits.tobytes()
    others = then.with_columns(pl.lit("gone").cast(pl.Enum(["gone"])).alias("fate"))
    assert "not of their types" in str(unlike(others, now, block.replications))


def test_a_replication_without_clients_is_found_again(
    tmp_path: Path, made: Job, played: Memory
) -> None:
    """Hold that empty records are records: they are not played again."""
    scene, block, told, records = next(blocks_of(made.study, played))
    some = Played((records.visits[0][:0], *records.visits[1:]), records.ids)
    none = Played(tuple(v[:0] for v in records.visits), records.ids)
    with opened(tmp_path / "r") as folder:
        for empty in (some, none):
            folder.keep(scene, block, told, empty)
            found = folder.visits(scene, block)
            assert found is not None
            assert [len(v) for v in found] == [len(v) for v in empty.visits]


def test_parts_name_what_they_hold(tmp_path: Path, made: Job, played: Memory) -> None:
    """Hold that a part read by anybody has names for numbers, and nothing where nothing was."""
    scene, block, told, records = next(blocks_of(made.study, played))
    with opened(tmp_path / "r") as folder:
        folder.keep(scene, block, told, records)
    path = tmp_path / "r" / "visits" / scene.case / scene.policy / "part-00000.parquet"
    table = pl.read_parquet(path)
    assert set(table["stage"]) == {"queue"}
    assert set(table["stream"]) == {"people"}
    assert set(table["fate"]) <= {"completed", "waiting", "staying"}
    assert table["started"].min() is not None
    assert table["started"].null_count() > 0
    assert table["replication"].unique().sort().to_list() == list(block.replications)


def test_equal_blocks_give_equal_bytes(tmp_path: Path, made: Job, played: Memory) -> None:
    """Hold that the parts of a block have the same bytes whenever they are written."""
    block = next(blocks_of(made.study, played))
    written = []
    for name in ("a", "b"):
        with opened(tmp_path / name) as folder:
            folder.keep(*block)
        written.append([part.read_bytes() for part in parts(tmp_path / name)])
    assert len(written[0]) == 2
    assert written[0] == written[1]


@pytest.mark.parametrize("which", [TOLD, VISITS])
@pytest.mark.parametrize("left", [0, 1, 7, 0.5, -1])
def test_a_truncated_part_counts_as_none(
    tmp_path: Path, made: Job, played: Memory, which: int, left: float
) -> None:
    """Hold that a part cut anywhere is noticed, and that the block is then played again."""
    scene, block, told, records = next(blocks_of(made.study, played))
    with opened(tmp_path / "r") as folder:
        folder.keep(scene, block, told, records)
        part = parts(tmp_path / "r")[which]
        data = part.read_bytes()
        assert folder.find(scene, block) is not None
        part.write_bytes(data[: round(len(data) * left) if left == 0.5 else int(left)])
        assert folder.find(scene, block) is None
        assert (folder.find, folder.visits)[which](scene, block) is None


@pytest.mark.parametrize("which", [TOLD, VISITS])
def test_a_part_of_something_else_counts_as_none(
    tmp_path: Path, made: Job, played: Memory, which: int
) -> None:
    """Hold that a table without the columns that are wanted is not taken for one of ours."""
    scene, block, told, records = next(blocks_of(made.study, played))
    with opened(tmp_path / "r") as folder:
        folder.keep(scene, block, told, records)
        part = parts(tmp_path / "r")[which]
        pl.DataFrame({"replication": [0, 1]}).write_parquet(part)
        assert (folder.find, folder.visits)[which](scene, block) is None


# --- what replications say -----------------------------------------------------------------------


def as_bytes(told: Sequence[Told]) -> list[tuple[object, ...]]:
    """Return all that replications say, in its order, each number as its bytes."""
    return [
        (
            [(outcome, np.float64(value).tobytes()) for outcome, value in one.outcomes.items()],
            (one.waiting.shape, one.waiting.dtype, one.waiting.tobytes()),
            [
                (
                    (states.since, states.over, states.where),
                    [(name, shares.tobytes()) for name, shares in states.values.items()],
                    [x.tobytes() for x in (states.days, states.at_risk, states.seen)],
                )
                for states in one.curves
            ],
            [(flow, np.float64(people).tobytes()) for flow, people in one.flows.items()],
            [days.tobytes() for days in (one.lateness.late, one.lateness.breached)],
            [(entry, np.float64(number).tobytes()) for entry, number in one.numbers.items()],
            [(split, values.tobytes()) for split, values in one.equity.by_group.items()],
            [(s, np.float64(x).tobytes()) for s, x in one.equity.concentration.items()],
        )
        for one in told
    ]


def test_what_replications_say_survives_the_round_trip(
    tmp_path: Path, made: Job, played: Memory
) -> None:
    """Hold that every number comes back bit for bit and in its order.

    Among them are numbers that are easily lost: both zeros, nan of either sign, the smallest and
    the largest numbers, and one that has no short decimal.
    """
    hard = [0.0, -0.0, np.nan, -np.nan, 5e-324, -1.7976931348623157e308, np.inf, 1 / 3]
    with opened(tmp_path / "r") as folder:
        for scene, block, told, records in blocks_of(made.study, played):
            first = told[0]
            harder = replace(
                first,
                outcomes=dict(zip(first.outcomes, cycle(hard), strict=False)),
                waiting=np.resize(np.array(hard), (1, 9)),
                flows={("a", "b"): -np.nan, ("b", "a"): -0.0},
            )
            for says in (told, [harder, *told[1:]], [replace(one, flows={}) for one in told]):
                folder.keep(scene, block, says, records)
                found = folder.find(scene, block)
                assert found is not None
                assert as_bytes(found) == as_bytes(says)
                assert all(isinstance(v, float) for one in found for v in one.outcomes.values())


def test_no_whole_month_and_no_capacity_survive_the_round_trip(
    tmp_path: Path, made: Job, played: Memory
) -> None:
    """Hold that empty arrays of people waiting are found again with their shapes."""
    scene, block, told, records = next(blocks_of(made.study, played))
    service = scene.scenario.service.model_copy(update={"capacities": {}})
    bare = replace(scene, scenario=scene.scenario.model_copy(update={"service": service}))
    with opened(tmp_path / "r") as folder:
        for one, empty in ((scene, np.zeros((1, 0))), (bare, np.zeros((0, 0)))):
            folder.keep(one, block, [replace(says, waiting=empty) for says in told], records)
            found = folder.find(one, block)
            assert found is not None
            assert {says.waiting.shape for says in found} == {empty.shape}
            assert as_bytes(found)[0][2:] == as_bytes(told)[0][2:]


def test_deadlines_and_groups_survive_the_round_trip(
    tmp_path: Path, made: Job, played: Memory
) -> None:
    """Hold that people late, deadlines breached, numbers of and by groups come back bit for bit."""
    scene, block, told, records = next(blocks_of(made.study, played))
    rule = {"from": ["queue"], "to": ["queue"], "within": {"days": 1}}
    deadlines = {name: Deadline.model_validate(rule) for name in ("later", "first")}
    service = scene.scenario.service.model_copy(update={"deadlines": deadlines})
    one = replace(scene, scenario=scene.scenario.model_copy(update={"service": service}))
    numbers = {
        Entry("stage", "queue", "cost a year", "all who asked", "NOK a year"): 1 / 3,
        Entry("way in", "door", "cost a year", "all who asked", "NOK a year"): -0.0,
        Entry("all", "", "cost a year", "all who asked", "NOK a year"): np.nan,
    }
    split = "region", Outcome("started treatment within a year", "all who asked", better=MORE)
    equity = Equity({split: np.array([1 / 3, np.nan, -0.0])}, {split: -1 / 3})
    late = np.array([[0.0, 1 / 3, np.nan], [-0.0, 2.0, 5e-324]])
    with opened(tmp_path / "r") as folder:
        for breached in (np.array([[1.0], [2.0]]), np.zeros((2, 0))):
            lateness = Lateness(late, breached)
            said = [replace(t, lateness=lateness, numbers=numbers, equity=equity) for t in told]
            folder.keep(one, block, said, records)
            found = folder.find(one, block)
            assert found is not None
            assert as_bytes(found) == as_bytes(said)
            assert {says.lateness.breached.shape for says in found} == {breached.shape}


def test_what_is_said_comes_after_the_records(
    tmp_path: Path, made: Job, played: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hold that a run killed between the two parts of a block plays it again, and loses nothing."""
    blocks = [*blocks_of(made.study, played)]
    scene, block, *_ = blocks[1]
    with opened(tmp_path / "r") as folder:
        folder.keep(*blocks[0])

        def stop(path: Path, data: bytes) -> None:
            write_whole(path, data)
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr("simcare.store.folder.write_whole", stop)
            with pytest.raises(KeyboardInterrupt):
                folder.keep(*blocks[1])
        assert folder.visits(scene, block) is not None
        assert folder.find(scene, block) is None
        assert folder.find(*blocks[0][:2]) is not None


@pytest.mark.parametrize("change", ["take away", "damage"])
def test_visits_of_a_finished_run_may_be_taken_away(tmp_path: Path, made: Job, change: str) -> None:
    """Hold that nothing is played again for visits that are gone; damaged ones are made again.

    Nor are they, after the tables were written anew.
    """
    path = tmp_path / "r"
    finish(path, made)
    kept = {part: part.read_bytes() for part in parts(path)}
    for part in kept:
        if part.is_relative_to(path / "visits"):
            part.unlink() if change == "take away" else part.write_bytes(b"PAR1")
    if change == "damage":
        assert finish(path, made) == [3]
        assert {part: part.read_bytes() for part in parts(path)} == kept
        return
    assert finish(path, made) == [0]
    (path / "summary.csv").unlink()
    assert finish(path, made) == [0]
    assert finish(path, made) == [0]
    assert not list((path / "visits").rglob("*.parquet"))


def test_outcomes_alone_are_kept_where_that_is_asked(tmp_path: Path, made: Job) -> None:
    """Hold that the tables are the same without the visits, and visits are made when wanted."""
    whole, path = tmp_path / "whole", tmp_path / "r"
    finish(whole, made)
    assert finish(path, made, keeps_visits=False) == [3]
    assert not (path / "visits").exists()
    for name in store.TABLES:
        assert (path / name).read_bytes() == (whole / name).read_bytes()
    assert finish(path, made, keeps_visits=False) == [0]
    assert finish(path, made) == [3]
    assert {p.relative_to(path): p.read_bytes() for p in parts(path)} == {
        p.relative_to(whole): p.read_bytes() for p in parts(whole)
    }
    assert finish(path, made, keeps_visits=False) == [0]
    assert finish(path, made) == [0]


# --- going on ----------------------------------------------------------------------------------


def test_a_finished_run_is_read_again(tmp_path: Path, made: Job) -> None:
    """Hold that the same run plays nothing, and that its tables stay as they are."""
    path = tmp_path / "r"
    assert finish(path, made) == [3]
    before = {p: p.read_bytes() for p in path.rglob("*") if p.is_file()}
    assert finish(path, made) == [0]
    assert {p: p.read_bytes() for p in path.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize(
    ("which", "change"),
    [
        *(("replications", change) for change in ("cut", "flip", "remove")),
        *(("visits", change) for change in ("cut", "flip")),
    ],
)
def test_a_damaged_part_of_a_finished_run_is_played_again(
    tmp_path: Path, made: Job, which: str, change: str
) -> None:
    """Hold that a part that is not as it was written is made again, equal to the first."""
    path = tmp_path / "r"
    finish(path, made)
    tables = {name: (path / name).read_bytes() for name in store.TABLES}
    part = sorted((path / which).rglob("*.parquet"))[1]
    data = part.read_bytes()
    if change == "remove":
        part.unlink()
    else:
        middle = len(data) // 3
        part.write_bytes(
            data[:middle]
            if change == "cut"
            else data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        )
    assert finish(path, made) == [1]
    assert part.read_bytes() == data
    assert {name: (path / name).read_bytes() for name in store.TABLES} == tables


def test_a_changed_table_is_written_again(tmp_path: Path, made: Job) -> None:
    """Hold that a table that was edited or lost is made again from the records."""
    path = tmp_path / "r"
    finish(path, made)
    summary = (path / "summary.csv").read_bytes()
    (path / "summary.csv").write_bytes(b"mine")
    (path / "comparison.csv").unlink()
    assert finish(path, made) == [0]
    assert (path / "summary.csv").read_bytes() == summary
    assert (path / "comparison.csv").is_file()


@pytest.mark.parametrize("change", ["no", "edit", "remove", "other code"])
def test_a_report_is_known_by_what_it_was(tmp_path: Path, made: Job, change: str) -> None:
    """Hold that a report that is there as it was made is known, and no other one."""
    path = tmp_path / "r"
    finish(path, made)
    with opened(path) as folder:
        assert not folder.is_reported
        folder.add({"report.html": b"one", "charts/a.svg": b"two"})
        assert folder.is_reported
    if change == "edit":
        (path / "charts" / "a.svg").write_bytes(b"mine")
    elif change == "remove":
        (path / "report.html").unlink()
    elif change == "other code":
        (path / "provenance.json").write_text(json.dumps({**ORIGIN, "made": ["report.html"]}))
    with opened(path) as folder:
        assert folder.is_reported == (change == "no")


def test_what_an_interrupted_start_leaves_is_gone_on_with(tmp_path: Path) -> None:
    """Hold that a folder with a temporary file, a lock or no config yet is no foreign folder."""
    path = tmp_path / "r"
    path.mkdir()
    (path / ".lock").touch()
    (path / ".provenance.json.123.tmp").write_bytes(b"{")
    with opened(path):
        (path / "visits").mkdir()
        (path / "visits" / ".part-00000.parquet.123.tmp").write_bytes(b"PAR1")
    (path / "config.yaml").unlink()
    with opened(path):
        assert (path / "config.yaml").read_text() == "seed: 1\n"
    names = sorted(entry.relative_to(path).as_posix() for entry in path.rglob("*"))
    assert names == ["config.yaml", "provenance.json", "visits"]


def test_an_interruption_between_the_first_files_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hold that a run stopped before any one of its first files can be begun again."""
    path = tmp_path / "r"
    for survived in (0, 1):
        written: list[Path] = []

        def stop(target: Path, data: bytes, n: int = survived, seen: Any = written) -> None:
            if len(seen) == n:
                raise KeyboardInterrupt
            seen.append(target)
            write_whole(target, data)

        with monkeypatch.context() as patched:
            patched.setattr("simcare.store.opening.write_whole", stop)
            with pytest.raises(KeyboardInterrupt), opened(path):
                pass
    with opened(path) as folder:
        assert folder.origin["config_sha256"] == "a"


# --- whose folder it is ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "what"), [("config_sha256", "another config"), ("code_sha256", "another version")]
)
def test_the_folder_of_another_run_is_refused(tmp_path: Path, key: str, what: str) -> None:
    """Hold that results of another config or code are left alone, and said to be that."""
    path = tmp_path / "r"
    with opened(path):
        pass
    before = {p: p.read_bytes() for p in path.rglob("*")}
    with pytest.raises(StoreError, match=what), opened(path, {**ORIGIN, key: "other"}):
        pass
    assert {p: p.read_bytes() for p in path.rglob("*")} == before


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("notes.txt", b"mine"),
        (".hidden", b""),
        ("provenance.json", b"[1]"),
        ("provenance.json", b"{"),
        ("provenance.json", b"{}"),
        ("config.yaml", b"seed: 1"),
    ],
)
def test_a_foreign_folder_is_left_alone(tmp_path: Path, name: str, data: bytes) -> None:
    """Hold that a folder with anything but results is refused, with nothing written into it."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(StoreError, match="choose"), opened(tmp_path):
        pass
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {name: data}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    """Hold that a file, a place inside one, and a link to nothing are refused."""
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "file/inside", "link"):
        with pytest.raises(StoreError, match="is a file, not a folder"):
            check_writable(tmp_path / name)
    with pytest.raises(StoreError, match="it cannot be a folder"):
        check_writable(tmp_path / ("x" * 300))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """Hold that a folder without the right to write is refused before anything runs."""
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="cannot be written"):
            check_writable(tmp_path / "r")
    finally:
        tmp_path.chmod(0o700)


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    """Hold that a second run is told of the first, and may come when that has ended."""
    pytest.importorskip("fcntl")
    path = tmp_path / "r"
    with opened(path):
        with pytest.raises(StoreError, match="another run is writing to it"), opened(path):
            pass
        assert (path / ".lock").exists()
    assert not (path / ".lock").exists()
    with opened(path) as folder:
        assert isinstance(folder, Folder)


def test_the_provenance_holds_what_a_reader_needs(tmp_path: Path, made: Job) -> None:
    """Hold that a finished folder says where it comes from, with checksums and no person's row."""
    path = tmp_path / "r"
    origin = store.provenance(made.config_hash, 1, "reference")
    with open_folder(path, made.resolved, origin) as folder:
        results = run(made.study, folder, 1, _silent)
        folder.finish(findings_of(made.study, results), 1.0)
    found = json.loads((path / "provenance.json").read_text())
    assert found["config_sha256"] == made.config_hash
    assert found["code_sha256"] == store.code_hash()
    assert set(found["versions"]) >= {"numpy", "numba", "simpy", "hydra-core"}
    assert {"commit", "python", "platform", "engine", "seed", "started", "finished"} <= set(found)
    assert set(store.TABLES) | {"config.yaml"} < set(found["sha256"])
