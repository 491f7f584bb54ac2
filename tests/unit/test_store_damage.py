"""A flipped byte in any file of a results folder is noticed: mended or told, never believed."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.end_to_end import small_sweep

from simcare.app.auditing import audit_run
from simcare.app.running import report_again
from simcare.store import TABLES, StoreError, code_hash, finished_folder, open_folder
from simcare.store.provenance import ChangedError, sealed, unsealed

PARTS = ("replications", "clients", "visits")
KINDS = (*TABLES, "config.yaml", *PARTS)
PLACES = (0.0, 0.3, 0.6, 1.0)  # where in a file the byte stands that is flipped


@pytest.fixture(autouse=True)
def _without_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave reports out: they are made from the tables, whenever they are not there."""
    small_sweep.leave_reports_out(monkeypatch.setattr)
    monkeypatch.setattr("simcare.app.auditing.report_on", lambda folder: folder.findings())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a finished sweep, and a run beside it that took over its blocks."""
    root = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patched:
        small_sweep.leave_reports_out(patched.setattr)
        small_sweep.play(root)
    return root


@pytest.fixture
def root(finished: Path, tmp_path: Path) -> Path:
    """Return a copy of it, to be damaged at will."""
    shutil.copytree(finished, tmp_path / "root")
    return tmp_path / "root"


def flip(file: Path, place: float) -> None:
    """Flip a bit of one byte of a file: the first, the last, or one between."""
    data = file.read_bytes()
    k = round(place * (len(data) - 1))
    file.write_bytes(data[:k] + bytes([data[k] ^ 1]) + data[k + 1 :])


def first_of(folder: Path, kind: str) -> Path:
    """Return the first file of a kind in a results folder."""
    return sorted((folder / kind).rglob("part-*"))[0] if kind in PARTS else folder / kind


def files(root: Path) -> dict[str, bytes]:
    """Return the files of results, but for provenances and pointers, which tell of when, where."""
    found = (p for p in (root / "results").glob("[!.]*/**/*") if p.is_file())
    return {str(p.relative_to(root)): p.read_bytes() for p in found if p.name != "provenance.json"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_byte_is_told_and_mended(root: Path, kind: str) -> None:
    """Hold that an audit and a report name the damaged file, and that the same run makes it whole.

    After that every file of the results has the bytes that it had, wherever the byte stood.
    """
    before, folder = files(root), root / "results" / "t"
    file = first_of(folder, kind)
    for place in PLACES:
        flip(file, place)
        with pytest.raises(StoreError, match=f"{file.name}: changed since the run wrote it"):
            audit_run(folder, "sample", 1, lambda *_: None)
        if kind not in PARTS:
            with pytest.raises(StoreError, match=f"{file.name}: changed since"):
                report_again(folder)
    flip(file, 0.5)
    small_sweep.take_over(root)
    assert files(root) == before


@pytest.mark.parametrize("kind", ["config.yaml", *PARTS])
def test_a_flipped_byte_of_an_unfinished_run_is_mended(root: Path, kind: str) -> None:
    """Hold that a run that goes on believes no damaged file of its own, whichever byte it is."""
    before, folder = files(root), root / "results" / "t"
    shutil.rmtree(root / "results" / "s")  # whence parts could be taken over
    for place in PLACES:
        origin = json.loads((folder / "provenance.json").read_bytes())
        unfinished = {k: v for k, v in origin.items() if k not in ("sha256", "finished")}
        (folder / "provenance.json").write_bytes(sealed({**unfinished, "finished": None}))
        flip(first_of(folder, kind), place)
        small_sweep.take_over(root)
        after = {name: data for name, data in files(root).items() if not name.endswith("work.json")}
        assert after.items() <= before.items()  # work.json says when the run went on
        assert {name.split("/")[1] for name in files(root)} == {"t"}


def test_every_byte_of_a_provenance_is_sealed(root: Path) -> None:
    """Hold that no byte can be flipped without notice, with the seal's own among them."""
    data = (root / "results" / "t" / "provenance.json").read_bytes()
    said = unsealed(data)
    assert said is not None
    assert sealed(said) == data
    for k in range(len(data)):
        try:
            assert unsealed(data[:k] + bytes([data[k] ^ 1]) + data[k + 1 :]) is None
        except ChangedError:
            continue


@pytest.mark.parametrize("place", [0.2, 0.5, 0.999])
def test_a_changed_provenance_is_told(root: Path, place: float) -> None:
    """Hold that a folder whose provenance was changed is neither read nor written into."""
    folder = root / "results" / "t"
    file = folder / "provenance.json"
    said = json.loads(file.read_bytes())
    changed = {**said, "seed": 77} if place < 0.5 else {**said, "provenance_sha256": "0" * 64}
    if place > 0.9:
        changed.pop("provenance_sha256")
    file.write_text(json.dumps(changed, indent=2) + "\n", encoding="utf-8")
    before = files(root)
    with pytest.raises(StoreError, match=r"provenance\.json: changed since the run wrote it"):
        finished_folder(folder)
    with (
        pytest.raises(StoreError, match=r"its provenance\.json was changed since the run wrote it"),
        open_folder(folder, {}, said),
    ):
        pass
    assert files(root) == before


def test_a_provenance_of_another_version_may_have_no_seal() -> None:
    """Hold that results of a version that sealed nothing can be read, and none of this version."""
    other: dict[str, Any] = {"config_sha256": "a", "code_sha256": "b"}
    assert unsealed(json.dumps(other).encode()) == other
    with pytest.raises(ChangedError):
        unsealed(json.dumps({**other, "code_sha256": code_hash()}).encode())
