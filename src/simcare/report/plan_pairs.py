"""What the planner's part says person by person: whom a policy helps and whom it harms."""

from collections.abc import Iterator, Sequence

from simcare.analysis.clients import DIED_IN_A_YEAR, GAVE_UP, RELAPSED_AFTER, STARTED
from simcare.analysis.findings import Found
from simcare.analysis.groups import ALL
from simcare.analysis.pairs import MARGIN, WELLBEING, PairRow
from simcare.analysis.table_names import WINNERS
from simcare.report import charts, pictures
from simcare.report.chart_digits import decimals, written
from simcare.report.chart_pairs import Lot, places_of, ranged
from simcare.report.charts import NARROW
from simcare.report.draft import Draft
from simcare.report.drawing import whole
from simcare.report.page import Block, Grid, Heading, Words
from simcare.report.pictures import Picture, View
from simcare.report.words import capital, count, headings, say, spoken

FEWEST = 5.0  # people in a replication: smaller groups are not shown
LABELS = {
    STARTED: "pairs.started",
    GAVE_UP: "pairs.gave_up",
    RELAPSED_AFTER: "pairs.relapsed",
    DIED_IN_A_YEAR: "pairs.died",
    WELLBEING: "pairs.wellbeing",
}
BY_GROUP = {
    STARTED: ("page.pairs.started_better", "page.pairs.started_worse"),
    WELLBEING: ("page.pairs.fares_better", "page.pairs.fares_worse"),
}


def blocks(draft: Draft) -> Iterator[Block]:
    """Yield whom each policy helps and harms, if there is treatment and anything is compared."""
    view = draft.view
    told = [found for found in view.scenarios if found.pairs]
    if not told or not draft.findings.about.marks.get("treatment"):
        return
    yield Heading(say("page.pairs"))
    margin = count("page.pairs.margin", f"{MARGIN:g}")
    yield Words(say("page.pairs.of", margin=margin))
    for found in told:
        yield from _words(draft, found)
    yield from draft.draw(_pictures(view, told))
    best = pictures.best(view)
    yield from _groups(draft, best if best.pairs else told[0])


def _of_all(found: Found) -> list[PairRow]:
    """Return what is told of everybody, where anybody can be compared."""
    return [row for row in found.pairs if row.of.by == ALL and row.helped.n]


def _words(draft: Draft, found: Found) -> Iterator[Words]:
    """Yield who gains and loses treatment in a sentence, and who asks under one policy alone."""
    policy = draft.titles.of(found.policy)
    if not (rows := _of_all(found)):
        yield Words(say("page.pairs.nobody", policy=policy))
        return
    row, base, places = rows[0], draft.titles.of(rows[0].base), places_of(_lots(rows))
    helped, harmed = (ranged(e, places) for e in (row.helped, row.harmed))
    said = say(
        "page.pairs.said",
        policy=policy, base=base, helped=helped, harmed=harmed,
        unchanged=written(row.unchanged.mean, places),
    )  # fmt: skip
    yield Words(capital(said))
    if row.only_base.mean or row.only_policy.mean:
        only = {"only_base": row.only_base.mean, "only_policy": row.only_policy.mean}
        numbers = {key: written(mean, places) for key, mean in only.items()}
        yield Words(say("page.pairs.only", policy=policy, base=base, **numbers), "quiet")


def _pictures(view: View, told: Sequence[Found]) -> Iterator[Picture]:
    """Yield for each policy whom it helps and harms, in each thing that is told."""
    for found in told:
        if not (rows := _of_all(found)):
            continue
        titles = (view.titles[rows[0].base], view.titles[found.policy])
        wide, narrow = (
            charts.person_by_person(_lots(rows), *titles, width) for width in (charts.WIDE, NARROW)
        )
        yield Picture(view.named("person-by-person", found.policy), (WINNERS,), wide, narrow)


def _lots(rows: Sequence[PairRow]) -> list[Lot]:
    return [Lot(say(LABELS[r.of.measure]), r.helped, r.harmed, r.unchanged.mean) for r in rows]


def _groups(draft: Draft, found: Found) -> Iterator[Grid]:
    """Yield who gains and loses by group, in treatment and in wellbeing where that is told."""
    by_group = {(r.of.measure, r.of.by, r.of.group): r for r in found.pairs}
    measures = [m for m in BY_GROUP if any(r.of.measure == m for r in found.pairs)]
    known = [r for r in found.pairs if r.of.measure == STARTED and r.of.by != ALL]
    known = [r for r in known if r.people >= FEWEST]
    many = {by: sum(r.of.by == by for r in known) for by in {r.of.by for r in known}}
    places = _places([r for r in found.pairs if r.of.measure in measures and r.of.by == ALL])
    rows = []
    for one in known:
        if many[one.of.by] < 2:
            continue
        mine = [by_group[measure, one.of.by, one.of.group] for measure in measures]
        cells = (ranged(e, places) for row in mine for e in (row.helped, row.harmed))
        group = say("page.pairs.group", by=spoken(one.of.by), group=spoken(one.of.group))
        rows.append((capital(group), whole(one.people), *cells))
    if rows:
        header = headings("page.pairs.who", "page.pairs.people", *_columns(measures))
        caption = say("page.pairs.caption", policy=draft.titles.of(found.policy))
        yield draft.grid(caption, header, rows, WINNERS)


def _columns(measures: Sequence[str]) -> list[str]:
    return [key for measure in measures for key in BY_GROUP[measure]]


def _places(rows: Sequence[PairRow]) -> int:
    """Return the decimals that the ranges of some rows support, one at most."""
    both = [e for row in rows for e in (row.helped, row.harmed)]
    return min(decimals([(e.upper - e.lower) / 2 for e in both], [e.mean for e in both]), 1)
