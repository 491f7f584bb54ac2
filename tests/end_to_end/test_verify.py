"""`simcare verify` and `rerun`: what was changed is named, and a number is made again."""

import io
import json
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from tests.end_to_end import small_sweep

from simcare.app.running import report_again
from simcare.cli import main
from simcare.store.provenance import sealed
from simcare.store.whole import checksum

Here = Callable[..., tuple[int, list[str], str]]
DIGIT = re.compile(r"\d")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a run, ``t``, and a sweep, ``s``, which no test changes."""
    root = tmp_path_factory.mktemp("played")
    with pytest.MonkeyPatch.context() as patch:
        small_sweep.leave_reports_out(patch.setattr)
        small_sweep.play(root)
    report_again(root / "results" / "t")
    return root / "results"


@pytest.fixture
def run(played: Path, tmp_path: Path) -> Path:
    """Return a copy of the run, to do with as one likes."""
    shutil.copytree(played / "t", tmp_path / "t")
    return tmp_path / "t"


@pytest.fixture
def here(capsys: pytest.CaptureFixture[str]) -> Here:
    """Return a function that verifies: the exit code, the lines printed, what is complained of."""

    def verify(*arguments: Path | str) -> tuple[int, list[str], str]:
        capsys.readouterr()
        code = main(["verify", *map(str, arguments)])
        out, error = capsys.readouterr()
        return code, out.splitlines(), error

    return verify


def files(folder: Path) -> dict[Path, bytes]:
    """Return the bytes of every file in a folder and below it."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def other_digit(text: str) -> str:
    """Return a text with its first digit made another."""
    return DIGIT.sub(lambda found: str((int(found[0]) + 1) % 10), text, count=1)


def changed(page: str, pattern: str) -> tuple[str, str, str]:
    """Return a page with a digit changed in the first text that a pattern's group finds.

    The other two are the text before and after.
    """
    found = re.search(pattern, page, re.DOTALL)
    assert found is not None, pattern
    before = found[1]
    after = other_digit(before)
    assert after != before
    return page[: found.start(1)] + after + page[found.end(1) :], before, after


def fit(folder: Path, name: str) -> None:
    """Make the checksum of a file, and the seal of the provenance, fit what stands there now."""
    path = folder / "provenance.json"
    origin = json.loads(path.read_text(encoding="utf-8"))
    origin["sha256"][name] = checksum((folder / name).read_bytes())
    path.write_bytes(sealed(origin))


def test_what_was_not_changed_is_what_the_repetitions_say(
    run: Path, tmp_path: Path, here: Here
) -> None:
    """Hold that a run as it was made has no difference, and that nothing is written.

    So has its page in another folder, where the results are named.
    """
    before = files(run)
    code, out, error = here(run)
    assert (code, error) == (0, "")
    assert out[-1] == "Everything is what the repetitions say."
    assert out[0] == "4 repetitions read, and 17 tables held against them."
    assert files(run) == before
    sent = tmp_path / "sent.html"
    shutil.copy(run / "report.html", sent)
    code, out, _ = here(sent, "--folder", run)
    assert code == 0
    assert out[1].startswith(f"{sent}: ")


def test_each_change_is_named_where_it_stands(run: Path, here: Here) -> None:
    """Expected: the file or table, row and column, what stands there and what follows."""
    path = run / "report.html"
    page = path.read_text(encoding="utf-8")
    page, cell, cell_now = changed(page, r'<td class="number">([^<]*\d[^<]*)</td>')
    page, text, text_now = changed(page, r"<svg.*?<text[^>]*>(\d+)</text>")
    page, said, said_now = changed(page, r'<p class="plain">Fullest[^<]*?, (\d+) of 100')
    point = re.search(r"<li>[^<]*?</li>", page[page.index('<ul class="points">') :])
    assert point is not None
    page = page.replace(point[0], "", 1)
    path.write_text(page, encoding="utf-8")
    table = run / "summary.csv"
    lines = table.read_text(encoding="utf-8").split("\n")
    cells = lines[3].split(",")
    assert lines[0].split(",")[6] == "mean"
    mean, cells[6] = cells[6], other_digit(cells[6])
    table.write_text("\n".join([*lines[:3], ",".join(cells), *lines[4:]]), encoding="utf-8")
    code, out, _ = here(path)
    assert code == 1
    everything = "\n".join(out)
    in_table = rf"summary\.csv, row 4 \({cells[0]}, {cells[1]}, .*\), column mean: there stands "
    assert re.search(in_table + f'"{cells[6]}"; what follows is "{mean}"', everything)
    stands = r'there stands "{}"; what follows is "{}"'
    assert re.search(
        rf"Table \w+, row \d+ \(.*\), column .*: {stands.format(cell_now, cell)}", everything
    )
    assert re.search(rf"Figure \d+: {stands.format(text_now, text)}", everything)
    sentences = [line for line in out if ", a sentence: there stands" in line]
    both = [f", {number} of 100 place-days used" for number in (said_now, said)]
    assert any(all(words in line for words in both) for line in sentences)
    gone = [line for line in out if "a sentence: it is not there: " in line]
    assert len(gone) == 1
    assert point[0].removeprefix("<li>").partition("&")[0] in gone[0]
    assert len(out) == 5 + 3  # what was changed, then what was compared and what it comes to
    assert out[-1].endswith(" things differ from what the repetitions say.")


@pytest.mark.parametrize("kind", ["outcomes", "replications"])
def test_a_value_is_found_where_its_checksum_was_made_to_fit(
    run: Path, here: Here, kind: str
) -> None:
    """Hold that a stored outcome and a part are held against each other, whatever checksums say."""
    name = "outcomes.parquet"
    if kind == "replications":
        part = next((run / kind).rglob("part-*.parquet"))
        name = part.relative_to(run).as_posix()
    frame = pl.read_parquet(run / name)
    if kind == "outcomes":
        row = frame["value"].is_finite().arg_true()[0]
        value = frame["value"][row]
        frame[row, "value"] = value + 1.0
        wanted = f'column value: there stands "{value + 1.0}"; what follows is "{value}"'
    else:
        outcome = frame["kind"] == "outcome"
        one = frame["values"].list.first()
        row = (outcome & one.is_finite()).arg_true()[0]
        value = one[row]
        series = frame["values"].to_list()
        series[row] = [value + 1.0]
        frame = frame.with_columns(pl.Series("values", series, dtype=frame.schema["values"]))
        wanted = f'column value: there stands "{value}"; what follows is "{value + 1.0}"'
    notes = pl.read_parquet_metadata(run / name)
    buffer = io.BytesIO()
    frame.write_parquet(buffer, metadata={k: v for k, v in notes.items() if "sha256" in k})
    (run / name).write_bytes(buffer.getvalue())
    fit(run, name)
    code, out, error = here(run)
    assert (code, error) == (1, "")
    assert any("outcomes.parquet, row " in line and wanted in line for line in out)


def test_what_cannot_be_checked_is_said(
    played: Path, run: Path, tmp_path: Path, here: Here
) -> None:
    """Hold that nothing to check ends with code 2, and that the rest is compared all the same."""
    page, sent = run / "report.html", tmp_path / "sent.html"
    sent.write_text("<p>12 people</p>", encoding="utf-8")
    code, _, error = here(sent, "--folder", run)
    assert code == 2
    assert "it does not say of which results of simcare it is a report" in error
    other = next((played / "s" / "jobs").iterdir())
    code, _, error = here(page, "--folder", other)
    assert code == 2
    assert "these are not the results of this page: it is of config " in error
    whole = page.read_bytes()
    page.write_bytes(re.sub(rb'<meta name="simcare-run" content="\w+">\n', b"", whole))
    code, out, _ = here(run)
    assert code == 1
    assert [line.partition(": ")[2] for line in out[:2]] == [
        "not as it is made, though every text in it is",
        f"{page}: it does not say of which results of simcare it is a report",
    ]
    page.write_bytes(whole)
    shutil.rmtree(run / "replications")
    code, out, _ = here(run)
    assert code == 2
    assert out[0].startswith(f"Could not be checked: {run}: 4 of 9 files that it needs")
    assert out[-1] == "Nothing differs, as far as it could be checked."
    page.write_text(other_digit_in_a_cell(page.read_text(encoding="utf-8")), encoding="utf-8")
    assert here(run)[0] == 1
    assert here(tmp_path / "nowhere")[0] == 2


def other_digit_in_a_cell(page: str) -> str:
    """Return a page with a digit changed in the first cell that has one."""
    return changed(page, r'<td class="number">([^<]*\d[^<]*)</td>')[0]


def test_the_tables_of_a_sweep_are_those_of_its_jobs(
    played: Path, tmp_path: Path, here: Here
) -> None:
    """Hold that a cell changed in a job's table and one in the sweep's own are both named."""
    shutil.copytree(played / "s", tmp_path / "s")
    code, out, _ = here(tmp_path / "s")
    assert code == 0, out
    job = next((tmp_path / "s" / "jobs").iterdir())
    for folder in (tmp_path / "s", job):
        table = folder / "comparison.csv"
        table.write_text(other_digit_in_row(table.read_text(encoding="utf-8")), encoding="utf-8")
    code, out, _ = here(tmp_path / "s")
    assert code == 1
    for folder in (tmp_path / "s", job):
        assert any(line.startswith(f"{folder}, comparison.csv, row 2 (") for line in out)


def test_a_sweep_of_numbers_is_what_its_jobs_say(tmp_path: Path, here: Here) -> None:
    """Hold that swept numbers are read as they were written, and that a changed name is told."""
    swept = ("service.capacities.places.beds=1,2", f"output={tmp_path / 'n'}", "workers=1")
    with pytest.MonkeyPatch.context() as patch:
        small_sweep.leave_reports_out(patch.setattr)
        assert main(["run", "--multirun", *small_sweep.PLAN, *swept]) == 0
    code, out, _ = here(tmp_path / "n")
    assert (code, out[-2:]) == (
        0,
        ["There is no report to be checked.", "Everything is what the repetitions say."],
    )
    about = tmp_path / "n" / "about.json"
    about.write_bytes(about.read_bytes().replace(b"2 places", b"3 places"))
    code, out, _ = here(tmp_path / "n")
    assert (code, out[0]) == (1, f"{about}: changed since the run wrote it")


def other_digit_in_row(text: str) -> str:
    """Return a CSV table with the base mean of its first row changed."""
    header, first, *rest = text.split("\n")
    cells = first.split(",")
    at = header.split(",").index("base_mean")
    cells[at] = other_digit(cells[at])
    return "\n".join([header, ",".join(cells), *rest])


def test_every_table_and_chart_names_files_that_are_there(run: Path) -> None:
    """Hold that the page says of each where its numbers are, to readers and to programs."""
    page = (run / "report.html").read_text(encoding="utf-8")
    named = re.findall(r'<(?:table|figure) id="[^"]+" data-numbers="([^"]+)">', page)
    assert len(named) == len(re.findall(r"<(?:table|figure)\b", page))
    assert page.count("Numbers in ") == len(named)
    for names in named:
        assert all((run / name).is_file() for name in names.split())


# --- simcare rerun --------------------------------------------------------------------------------


def rerun(capsys: pytest.CaptureFixture[str], *arguments: Path | str) -> tuple[int, str, str]:
    """Play a repetition again; return the exit code, what is printed and what is complained of."""
    code = main(["rerun", *map(str, arguments)])
    return code, *capsys.readouterr()


def test_a_repetition_is_played_again_beside_what_is_stored(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hold that its outcomes are those stored, and one that is not is named.

    Expected: nothing is written. Of the versions only those are told that are not what they were.
    """
    before = files(run)
    one = ("--policy", "more", "--replication", "1", "--outcome", "visits begun", run)
    code, out, error = rerun(capsys, *one)
    assert (code, error) == (0, "")
    assert "1 outcome is what was stored" in out
    assert "are those that made these results" in out
    assert files(run) == before
    name = "outcomes.parquet"
    frame = pl.read_parquet(run / name)
    wanted = (frame["policy"] == "more") & (frame["replication"] == 1)
    row = (wanted & (frame["outcome"] == "visits begun")).arg_true()[0]
    stored = frame["value"][row]
    frame[row, "value"] = stored + 1.0
    frame.write_parquet(run / name)
    fit(run, name)
    path = run / "provenance.json"
    origin = json.loads(path.read_text(encoding="utf-8"))
    origin["versions"]["numpy"] = "1.0"
    path.write_bytes(sealed(origin))
    code, out, _ = rerun(capsys, *one)
    assert code == 1
    (line,) = [line.split() for line in out.splitlines() if "visits begun" in line]
    assert line[-3:] == [f"{stored + 1.0:.10g}", f"{stored:.10g}", "NO"]
    assert re.search(r"numpy +1\.0 +\d", out)
    assert "scipy" not in out


def test_the_lines_of_the_page_can_be_typed(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hold that each line of part 4, typed in the results folder, ends well."""
    page = (run / "report.html").read_text(encoding="utf-8")
    lines = re.findall(r"<li>simcare ([^<]+)</li>", page)
    assert [line.split()[0] for line in lines] == ["verify", "rerun", "rerun"]
    monkeypatch.chdir(run)
    for line in lines:
        assert main(shlex.split(line)) == 0, capsys.readouterr().out


def test_a_repetition_that_is_not_there_is_refused(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hold that all that is wrong is told at once, with code 2."""
    code, out, error = rerun(
        capsys, run, "--policy", "mor", "--replication", "-1", "--outcome", "utilisatio"
    )
    assert (code, out) == (2, "")
    assert error.splitlines() == [
        "simcare: 3 problems, nothing was run:",
        "  --policy = mor: no policy of this run; allowed: as_it_is, more; did you mean more?",
        "  --outcome = utilisatio: no outcome of this run; did you mean utilisation?",
        "  --replication = -1: a whole number from 0 on is required",
    ]
    assert rerun(capsys, run, "--replication", "2")[2].endswith(
        "  --replication = 2: there are 0 to 1 of today, as_it_is\n"
    )
