"""Finished blocks found again in other folders: by what they follow from, never by their names."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from simcare.app.auditing import audit_run
from simcare.app.commands import Command
from simcare.app.running import Audience, Done, run_job
from simcare.config.build import Job, job, job_from
from simcare.store import BLOCKS, TABLES, Folder, Pointers, provenance
from simcare.store.pointers import KEY, PLACES, Place
from simcare.store.whole import checksum
from simcare.study import blocks, identity_of

QUEUE = ["service=one_queue", "population=plain", "service.arrivals.people.per_day=0.9"]
PLAN = ["replications=3", "horizon_days=400", "warm_up_days=1"]
BEDS = "service.capacities.places.beds"
KINDS = ("replications", "clients", "visits")
ALL = 6  # blocks of the small comparison: two policies, three replications


def _unsaid(*_: object) -> None:
    """Say nothing of how a run goes."""


@pytest.fixture(autouse=True)
def _without_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave reports out: they take long, and no block hangs on them."""
    for module in ("running", "auditing"):
        monkeypatch.setattr(f"simcare.app.{module}.report_on", Folder.findings)


def compared(beds: str = "+2", more: Mapping[str, Any] | None = None, **labels: Any) -> Job:
    """Return a comparison of two policies of a small queue, under names of one's own."""
    config: dict[str, Any] = yaml.safe_load(yaml.safe_dump(dict(job([*QUEUE, *PLAN]).resolved)))
    base, other, case = (labels.get(key, key) for key in ("base", "other", "today"))
    config |= more or {}
    config["study"] = {
        "question": labels.get("question", "what do more places do?"),
        "note": labels.get("note", ""),
        "policies": [base, other],
        "cases": {case: {"title": labels.get("title", "today")}},
    }
    config["cases"] = config["study"]["cases"]
    source = labels.get("source", "assumed: a try")
    config["policies"] = {
        base: {"title": labels.get("base_title", "as it is")},
        other: {"title": "more", "change": {BEDS: beds}, "sources": {BEDS: source}},
    }
    config["service"]["description"] = labels.get("description", "a queue")
    config["service"]["sources"]["stages"] = source
    return job_from(config)


@dataclass(frozen=True)
class Ran:
    """A run that has ended: where, what came of it, and how many replications it played."""

    folder: Path
    done: Done
    played: int

    @property
    def tables(self) -> dict[str, bytes]:
        """The bytes of its tables."""
        return {name: (self.folder / name).read_bytes() for name in TABLES}

    @property
    def parts(self) -> list[Path]:
        """Its parts, of all kinds."""
        return [p for kind in KINDS for p in sorted((self.folder / kind).rglob("*.parquet"))]

    @property
    def reused(self) -> int:
        """How many blocks came from elsewhere, by its provenance."""
        found: int = json.loads((self.folder / "provenance.json").read_bytes())["reused"]
        return found


def ran(asked: Job, folder: Path, keeps_visits: bool = True) -> Ran:
    """Run a job into a folder, without an audit, and return how it went."""
    played: list[int] = []

    def announce(need: Any) -> None:
        played.append(need.replications)

    told = Audience(_unsaid, _unsaid, announce, _unsaid, _unsaid)
    asked = replace(asked, keeps_visits=keeps_visits, audit="none")
    return Ran(folder, run_job(asked, folder, 1, told, Command()), sum(played))


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a root with one finished run of the small comparison in it."""
    root = tmp_path_factory.mktemp("first")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("simcare.app.running.report_on", Folder.findings)
        assert ran(compared(), root / "x").played == ALL
    return root


@pytest.fixture
def root(first_run: Path, tmp_path: Path) -> Path:
    """Return a copy of it, to be changed at will."""
    shutil.copytree(first_run, tmp_path / "root")
    return tmp_path / "root"


def pointers(root: Path) -> list[Path]:
    """Return the pointers beside results folders."""
    return sorted((root / BLOCKS).rglob("*.json"))


@pytest.mark.parametrize(
    "labels",
    [
        {"question": "and now?", "note": "a note", "title": "another title"},
        {"base": "old", "other": "new", "today": "another_case"},
        {"source": "a source that was found", "description": "a line", "base_title": "before"},
    ],
)
def test_another_label_plays_nothing(root: Path, tmp_path: Path, labels: dict[str, Any]) -> None:
    """Hold that names, titles and sources recompute nothing, and are told in the tables anyway.

    The tables are those of a run that found nothing.
    """
    again = ran(compared(**labels), root / "y")
    assert again.done.path != root / "x"
    assert (again.played, again.done.found, again.reused) == (0, ALL, ALL)
    alone = ran(compared(**labels), tmp_path / "alone" / "y")
    assert (alone.played, alone.done.found, alone.reused) == (ALL, 0, 0)
    assert again.tables == alone.tables
    assert [p.read_bytes() for p in again.parts] == [p.read_bytes() for p in alone.parts]
    assert len(again.parts) == 3 * ALL


def test_a_bed_more_plays_the_scenarios_that_it_touches(root: Path, tmp_path: Path) -> None:
    """Hold that the base is found again when the other policy gets another number of beds."""
    again = ran(compared(beds="+3"), root / "y")
    assert (again.played, again.reused) == (ALL // 2, ALL // 2)
    alone = ran(compared(beds="+3"), tmp_path / "alone" / "y")
    assert again.tables == alone.tables
    assert again.tables["summary.csv"] != (root / "x" / "summary.csv").read_bytes()
    changed_back = ran(compared(title="again"), root / "z")
    assert (changed_back.played, changed_back.reused) == (0, ALL)


@pytest.mark.parametrize(
    "more",
    [
        {"seed": 2},
        {"horizon_days": 401},
        {"warm_up_days": 2},
        {"deadline_days": 60},
        {"start_date": "2017-01-03"},
        {"engine": "reference"},
    ],
)
def test_another_plan_is_another_block(root: Path, more: dict[str, Any]) -> None:
    """Hold that every number of the plan that a replication goes by plays all of it again."""
    assert ran(compared(more=more), root / "y").played == ALL


def test_what_is_told_of_differences_is_no_part_of_a_block(root: Path) -> None:
    """Hold that replications are found when more are asked for, or other differences matter."""
    more = {"replications": 5, "smallest_difference_that_matters": 1.0}
    again = ran(compared(more=more), root / "y")
    assert (again.played, again.done.found, again.reused) == (4, ALL, ALL)


@pytest.mark.parametrize("key", ["code_sha256", "versions", "machine"])
def test_other_code_plays_again(root: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """Hold that another version of the code or its libraries, or another processor, plays anew."""

    def other(*arguments: Any) -> dict[str, Any]:
        return {**provenance(*arguments), key: "another"}

    monkeypatch.setattr("simcare.app.running.provenance", other)
    assert ran(compared(), root / "y").played == ALL


def test_the_identity_of_a_scene_holds_all_but_labels() -> None:
    """Hold that an identity differs by each number, and by the order of categories, alone."""
    study = compared().study
    base, other = study.scenes
    assert identity_of(study, base) != identity_of(study, other)
    named = replace(base, case="c", policy="p", replications=99)
    changed = replace(study, question="?", scenes=(named, other), policies={}, sources={})
    alone = replace(study, scenes=(base,))
    assert identity_of(alone, base) != identity_of(study, base)
    assert identity_of(alone, base) | {"compares": True} == identity_of(study, base)
    assert identity_of(replace(changed, scenes=(named,)), named) == identity_of(alone, base)


# --- where parts lie -----------------------------------------------------------------------------


def test_parts_share_their_room_and_stay_when_a_folder_goes(root: Path) -> None:
    """Hold that what was taken over takes no room twice, and outlives the folder it came from."""
    again = ran(compared(title="again"), root / "y")
    for part in again.parts:
        assert part.stat().st_nlink == 2
    before = [part.read_bytes() for part in again.parts]
    shutil.rmtree(root / "x")
    assert [part.read_bytes() for part in again.parts] == before
    assert {part.stat().st_nlink for part in again.parts} == {1}
    third = ran(compared(title="third"), root / "z")
    assert (third.played, third.reused) == (0, ALL)


def test_without_links_parts_are_copied(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold that a file system without hard links keeps a copy."""

    def refuse(*_: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    again = ran(compared(title="again"), root / "y")
    assert (again.played, again.reused) == (0, ALL)
    assert {part.stat().st_nlink for part in again.parts} == {1}


def test_a_folder_that_is_gone_is_played_again(root: Path) -> None:
    """Hold that pointers to nowhere count as none, and then name the new folder alone."""
    shutil.rmtree(root / "x")
    assert ran(compared(title="again"), root / "y").played == ALL
    for pointer in pointers(root):
        (place,) = json.loads(pointer.read_bytes())[PLACES]
        assert all(part["path"].startswith("y/") for part in place.values())


def test_results_that_were_moved_together_are_found(root: Path) -> None:
    """Hold that pointers name parts by where they lie beside them."""
    root.rename(root.with_name("moved"))
    again = ran(compared(title="again"), root.with_name("moved") / "y")
    assert (again.played, again.reused) == (0, ALL)


def test_what_lies_there_without_pointers_gets_some(root: Path) -> None:
    """Hold that a run that is read again is found from elsewhere after that, its pointers lost."""
    shutil.rmtree(root / BLOCKS)
    assert ran(compared(), root / "x").played == 0
    assert len(pointers(root)) == ALL
    assert ran(compared(title="again"), root / "y").played == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_damaged_elsewhere_is_not_taken_over(root: Path, kind: str) -> None:
    """Hold that a flipped byte in one part of another folder plays its block again, no other."""
    part = sorted((root / "x" / kind).rglob("*.parquet"))[0]
    data = part.read_bytes()
    part.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    again = ran(compared(title="again"), root / "y")
    assert (again.played, again.reused) == (1, ALL - 1)
    assert part.read_bytes() != data  # what is another run's is never written over
    (made,) = (p for p in again.parts if p.name == part.name and p.parent.name == part.parent.name
               and p.relative_to(again.folder).parts[0] == kind)  # fmt: skip
    assert made.read_bytes() == data


def places_of(found: Pointers) -> list[Place]:
    """Return all places to which pointers to the blocks of a study lead."""
    scenes = found.study.scenes
    return [p for one in blocks(found.study) for p in found.places(scenes[one.scene], one)]


@pytest.fixture
def mine(root: Path) -> Pointers:
    """Return the pointers of the small comparison."""
    study = compared().study
    return Pointers(root, study, provenance("", study.plan.seed, study.plan.engine))


def test_a_flipped_byte_of_a_pointer_is_harmless(root: Path, mine: Pointers) -> None:
    """Hold that a pointer with any one byte changed leads to its parts as they were, or to none."""
    pointer, *others = pointers(root)
    for other in others:
        other.unlink()
    whole = pointer.read_bytes()
    (place,) = places_of(mine)
    right = {kind: part.path.read_bytes() for kind, part in place.items()}
    assert set(right) == set(KINDS)
    refused = 0
    for k in range(len(whole)):
        pointer.write_bytes(whole[:k] + bytes([whole[k] ^ 1]) + whole[k + 1 :])
        for where in places_of(mine):
            for kind in set(KINDS) & set(where):
                path, wanted = where[kind]
                data = path.read_bytes() if path.is_file() else b""
                assert checksum(data) != wanted or data == right[kind]
                refused += checksum(data) != wanted
    assert refused > 0


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'"x"', b"\xff", b'{"key": 1, "places": 2}', b"folder", b"another's"],
)
def test_foreign_and_truncated_pointers_count_as_none(root: Path, data: bytes) -> None:
    """Hold that whatever lies in a pointer's place, blocks are played and tables come out right."""
    known = pointers(root)
    strange = {path: known[k - 1].read_bytes() for k, path in enumerate(known)}
    for path, text in strange.items():
        path.unlink()
        if data == b"folder":
            path.mkdir()
        else:
            path.write_bytes(text if data == b"another's" else data)
    again = ran(compared(title="again"), root / "y")
    assert again.played == ALL
    assert again.tables["summary.csv"] == (root / "x" / "summary.csv").read_bytes()


@pytest.mark.parametrize("path", ["/etc/hostname", "../x", "x/../../x", "x\0", 7])
def test_a_pointer_out_of_its_root_leads_nowhere(root: Path, mine: Pointers, path: object) -> None:
    """Hold that no file is touched that does not lie beside the pointers."""
    for pointer in pointers(root):
        found = json.loads(pointer.read_bytes())
        for part in found[PLACES][0].values():
            part["path"] = path
        assert found[KEY] == pointer.stem
        pointer.write_text(json.dumps(found), encoding="utf-8")
    assert places_of(mine) == []


def test_pointers_that_cannot_be_written_are_left_out(root: Path) -> None:
    """Hold that a run goes on where a file lies in the pointers' place."""
    shutil.rmtree(root / BLOCKS)
    (root / BLOCKS).write_bytes(b"mine")
    assert ran(compared(title="again"), root / "y").played == ALL
    assert (root / BLOCKS).read_bytes() == b"mine"


# --- which parts are wanted ----------------------------------------------------------------------


def test_a_block_without_visits_serves_those_alone_who_want_none(tmp_path: Path) -> None:
    """Hold that visits are made when they are wanted, and are not taken over when they are not."""
    without = ran(compared(), tmp_path / "x", keeps_visits=False)
    assert without.played == ALL
    wanted = ran(compared(title="again"), tmp_path / "y")
    assert (wanted.played, wanted.reused) == (ALL, 0)
    neither = ran(compared(title="third"), tmp_path / "z", keeps_visits=False)
    assert (neither.played, neither.reused) == (0, ALL)
    assert not (tmp_path / "z" / "visits").exists()
    before = neither.tables
    later = ran(compared(title="third"), tmp_path / "z")
    assert (later.played, later.reused) == (0, 2 * ALL)
    assert later.tables == before
    assert audit_run(tmp_path / "z", "all", 1, _unsaid).proof.kept


def test_one_policy_alone_does_not_serve_a_comparison(tmp_path: Path) -> None:
    """Hold that clients, who are told in comparisons only, are made for the first comparison."""
    alone = job([*QUEUE, *PLAN])
    assert ran(alone, tmp_path / "x").played == ALL // 2
    compares = ran(compared(), tmp_path / "y")
    assert compares.played == ALL
    assert (tmp_path / "y" / "winners.csv").stat().st_size > 500


def test_a_run_of_taken_over_blocks_is_audited(root: Path) -> None:
    """Hold that an audit compares what was taken over, and finds a value that was changed."""
    again = ran(compared(title="again"), root / "y")
    assert again.played == 0
    assert audit_run(root / "y", "all", 1, _unsaid).proof.verdict == "identical"


def test_what_is_taken_over_is_counted_in_every_round(tmp_path: Path) -> None:
    """Hold that a run that goes by a precision counts the blocks of its later rounds too."""
    wanted = "precision={outcome: mean wait, where: queue, half_width: 1e-6, at_most: 25}"
    plan = [*QUEUE, "replications=10", "horizon_days=100", "warm_up_days=1", wanted]
    first = ran(job(plan), tmp_path / "x")
    second = ran(
        job([*plan, "study={question: again, policies: [as_it_is], cases: {as_configured: {}}}"]),
        tmp_path / "y",
    )
    assert (first.reused, second.played) == (0, 0)
    assert second.reused == len([*(tmp_path / "x" / "replications").rglob("*.parquet")]) > 3
