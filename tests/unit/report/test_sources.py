"""Where the numbers are from, as the report tells it: with a source, assumed, or nobody said."""

from dataclasses import replace

from tests.unit.report.made import findings
from tests.unit.report.pages import read

from simcare.analysis.findings import Findings
from simcare.report.book import REPORT, report_of
from simcare.report.part_method import grade


def test_each_part_has_its_grade() -> None:
    """Expected by what is said: nothing, assumed at its beginning, within it, or not at all."""
    said = ("", "assumed", "assumed: a guess", "a table; its use is assumed", "a table")
    expected = ["no source given", "assumed", "assumed", "partly assumed", "has a source"]
    assert list(map(grade, said)) == expected


def test_what_has_no_source_is_in_the_table_and_counted() -> None:
    """The report has a row for a part without a source, and says how many there are."""
    found = findings(())
    bare = {"service.stages.talk": "", "service.stages.call": ""}
    about = replace(found.about, sources={**found.about.sources, **bare})
    page = read(report_of(Findings(about, found.scenarios), {})[REPORT])
    told = "Groups of numbers: 4. Assumed: 1. Assumed in part: 0. No source given: 2."
    assert told in page.text
    (rows,) = (
        table.cells() for table in page.all("table") if table.cells()[0][0] == "Part of the config"
    )
    assert rows[1:] == [
        ["service.beds", "has a source", "a source"],
        ["service.ward", "assumed", "assumed: a guess"],
        ["service.stages.talk", "no source given", ""],
        ["service.stages.call", "no source given", ""],
    ]
