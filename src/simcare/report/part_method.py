"""Part 4, for researchers: what was run, what the numbers rest on, how to make them again."""

from collections.abc import Iterator
from shlex import quote

from simcare.analysis.founding import grade_of
from simcare.analysis.proof import proof_from
from simcare.analysis.table_names import ABOUT, PRECISION, PROVENANCE, REPORT, SUMMARY, WARM_UP
from simcare.report import method_pictures, plan_economics, precision, today, warm_up
from simcare.report import part_cases as cases
from simcare.report.draft import Draft
from simcare.report.drawing import spread
from simcare.report.page import Block, Grid, Heading, Points, Words
from simcare.report.proof import proof_said, sums
from simcare.report.words import say

METHOD = ("page.method.paired", "page.method.start")
RANGES = ("page.method.ranges", "page.method.interval")
GRADES = {
    "sourced": "page.from.sourced",
    "partly assumed": "page.from.partly",
    "assumed": "page.from.assumed",
    "no source given": "page.from.none",
}
COUNTED = ("page.from.assumed", "page.from.partly", "page.from.none")
SHOWN_OF_ORIGIN = (
    "simcare", "commit", "uncommitted_changes", "engine", "python", "platform", "code_sha256",
    "config_sha256", "started", "finished", "run_time_seconds",
)  # fmt: skip


def blocks(draft: Draft) -> Iterator[Block]:
    """Yield the part that lets somebody else judge and repeat the work."""
    several = any(s.replications > 1 for s in draft.findings.scenarios)
    yield Points(tuple(say(key) for key in (*METHOD, *(RANGES if several else ()))))
    yield _run(draft)
    yield from _precision(draft)
    yield from _warm_up(draft)
    yield from cases.blocks(draft)
    yield from plan_economics.planes(draft)
    yield Heading(say("page.proof"))
    for sentence in proof_said(proof_from(draft.origin), draft.titles):
        yield Words(sentence)
    if even := sums(proof_from(draft.origin)):
        yield Heading(say("page.sums"))
        yield Words(say("page.sums.said"))
        yield draft.grid(say("page.sums.caption"), even.header, even.rows, PROVENANCE)
    yield Heading(say("page.made"))
    yield Words(say("page.made.how"))
    yield Words(say("page.made.files"))
    yield Words(say("page.made.again"))
    yield Points(tuple(_again(draft)))
    yield _origin(draft)
    yield from _sources(draft)


def _again(draft: Draft) -> Iterator[str]:
    """Yield the lines that check this page, and play one repetition of each scenario shown again.

    A sweep keeps its repetitions in the folders of its jobs: then the first alone.
    """
    yield f"simcare verify {REPORT}"
    if draft.findings.about.swept:
        return
    for found in draft.view.scenarios:
        names = f"--case {quote(found.case)} --policy {quote(found.policy)}"
        yield f"simcare rerun . {names} --replication 0"


def _run(draft: Draft) -> Grid:
    about = draft.findings.about
    counts = {str(s.replications): float(s.replications) for s in draft.findings.scenarios}
    values = {
        "page.run.scenarios": len(draft.findings.scenarios),
        "page.run.repetitions": spread([*counts], [*counts.values()]),
        "page.run.from": about.start_date,
        "page.run.days": about.horizon_days,
        "page.run.warm_up": about.warm_up_days,
        **today.people(draft.origin),
        "page.run.deadline": about.deadline_days,
        "page.run.smallest": about.smallest_people,
        "page.run.seed": about.seed,
    }
    rows = [(say(key), _plain(value)) for key, value in values.items()]
    header = (say("page.run.what"), say("page.run.value"))
    return draft.grid(say("page.run.caption"), header, rows, ABOUT, SUMMARY)


def _precision(draft: Draft) -> Iterator[Block]:
    """Yield how many repetitions the ranges took, and how narrow they came to be."""
    findings, titles = draft.findings, draft.titles
    said = (*precision.asked(findings.about), *precision.came_to(findings, titles))
    pictures = [*draft.draw(method_pictures.narrowing(draft.view))]
    if not said and not pictures:
        return
    yield Heading(say("page.precision"))
    yield from map(Words, said)
    yield from pictures
    if said and (table := precision.table(findings, titles)):
        yield draft.grid(say("page.precision.caption"), table.header, table.rows, PRECISION)


def _warm_up(draft: Draft) -> Iterator[Block]:
    """Yield what the lists say of the warm-up, and warnings where it is not long enough."""
    table = warm_up.table(draft.findings, draft.titles)
    if table is None:
        return
    yield Heading(say("page.warm_up"))
    yield Words(say("page.warm_up.how"))
    for warning in warm_up.warnings(draft.findings, draft.titles):
        yield Words(warning, "warning")
    yield from draft.draw(method_pictures.warm_up(draft.view))
    yield draft.grid(say("page.warm_up.caption"), table.header, table.rows, WARM_UP)


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _origin(draft: Draft) -> Grid:
    """Return the table of code, versions and machine behind the results."""
    origin = draft.origin
    rows = [
        (name.replace("_", " "), _plain(origin[name]))
        for name in SHOWN_OF_ORIGIN
        if origin.get(name) is not None
    ]
    versions = origin.get("versions")
    if isinstance(versions, dict):
        rows += [(str(name), str(version)) for name, version in versions.items()]
    header = (say("page.run.what"), say("page.run.value"))
    return draft.grid(say("page.made.caption"), header, rows, PROVENANCE)


def grade(source: str) -> str:
    """Return how well a number is founded, by what its source says: assumed, partly, or not.

    Where it says nothing there is none.
    """
    return say(GRADES[grade_of(source)])


def _sources(draft: Draft) -> Iterator[Block]:
    """Yield where each part of the config has its numbers from."""
    sources = draft.findings.about.sources
    if not sources:
        return
    grades = [grade(source) for source in sources.values()]
    assumed, partly, none = (grades.count(say(key)) for key in COUNTED)
    yield Heading(say("page.from"))
    yield Words(
        say(
            "page.from.count",
            n=str(len(grades)),
            assumed=str(assumed),
            partly=str(partly),
            none=str(none),
        )
    )
    header = (say("page.from.part"), say("page.from.grade"), say("page.from.source"))
    rows = [(path, grade(source), source) for path, source in sources.items()]
    yield draft.grid(say("page.from.caption"), header, rows, ABOUT)
