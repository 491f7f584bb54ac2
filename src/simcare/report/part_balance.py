"""Part 2, for whoever decides: better and worse, what the answer rests on, what is not known."""

from collections.abc import Iterator
from itertools import islice

from simcare.report import pictures
from simcare.report.answer import STARTED
from simcare.report.draft import Draft
from simcare.report.many_pictures import many
from simcare.report.page import Block, Heading, Points, Words
from simcare.report.plan_groups import has_costs
from simcare.report.plan_wellbeing import has_wellbeing
from simcare.report.words import say

UNKNOWN = (
    "page.unknown.demand", "page.unknown.staff", "page.unknown.wellbeing", "page.unknown.never",
    "page.unknown.person",
)  # fmt: skip

PRICED = {"page.unknown.staff": "page.unknown.staff_priced"}  # where something has a price
FARING = {"page.unknown.wellbeing": "page.unknown.wellbeing_told"}  # where that is told


def blocks(draft: Draft) -> Iterator[Block]:
    """Yield the part that weighs the answer."""
    about, view = draft.findings.about, draft.view
    if len(about.policies) > 2:
        yield from draft.draw(islice(many(view), 1, None))
    if len(about.policies) > len(view.scenarios):
        shown = str(len(view.scenarios) - 1)
        yield Words(say("page.shown", n=str(len(about.policies)), k=shown), "quiet")
    if len(about.policies) > 2:
        yield from draft.draw(pictures.of_100(view))
        yield from draft.draw(pictures.starts(view, say("page.deadline")))
    yield from draft.draw(pictures.gains(view))
    if change := list(draft.draw(pictures.hinges(view, STARTED))):
        yield Heading(say("page.change"))
        yield from change
    if about.note:
        yield Words(about.note)
    yield Heading(say("page.unknown"))
    known = PRICED if any(map(has_costs, view.scenarios)) else {}
    known = known | FARING if any(map(has_wellbeing, view.scenarios)) else known
    yield Points(tuple(say(known.get(key, key)) for key in UNKNOWN))
