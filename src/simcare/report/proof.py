"""What a run's own proof says, in words: what was re-run, what came of it, what it can see."""

from collections.abc import Sequence
from math import floor

from simcare.analysis.balances import BED_DAYS, LITTLE, MONEY, PAYERS, PEOPLE, STAYS
from simcare.analysis.proof import (
    BROKEN,
    NOT_AUDITED,
    Checked,
    Proof,
    chance_of_seeing,
    enough_to_see,
)
from simcare.report.answer import Titles
from simcare.report.drawing import Table
from simcare.report.words import count, headings, say

MOST_NAMED = 3
OFTEN, RARE, SURE = 0.5, 0.01, 0.95
SUMS = {
    PEOPLE: "page.sums.people",
    LITTLE: "page.sums.waiting",
    STAYS: "page.sums.stays",
    BED_DAYS: "page.sums.bed_days",
    MONEY: "page.sums.money",
    PAYERS: "page.sums.payers",
}
ENGINES = {"reference": "proof.engine.reference", "compiled": "proof.engine.compiled"}


def proof_said(proof: Proof | None, titles: Titles) -> list[str]:
    """Return in sentences what was re-run by the other engine, what came of it, what it can see."""
    if proof is None or proof.verdict == NOT_AUDITED:
        return [say("proof.none")]
    if proof.is_against:
        return [difference_said(proof)]
    found = [_verdict(proof, titles)]
    if not proof.kept:
        found.append(say("proof.not_kept"))
    if len(proof.replications) < proof.of:
        found.append(_seen(len(proof.replications), proof.of))
    return found


def sums(proof: Proof | None) -> Table | None:
    """Return what must come out even in the repetitions that were re-run; None if none was."""
    if proof is None or not proof.balances:
        return None
    header = headings(
        "page.sums.what", "page.sums.where", "page.sums.first", "page.sums.second", "page.sums.runs"
    )
    rows = [
        (
            say(SUMS[one.law]),
            one.where.replace("_", " ") or say("page.sums.all"),
            _amount(one.left),
            _amount(one.right),
            f"{one.runs:,}",
        )
        for one in proof.balances
    ]
    return Table(header, tuple(rows))


def _amount(value: float) -> str:
    """Return a side of a balance: whole, with its thousands apart."""
    return f"{value:,.0f}"


def difference_said(proof: Proof) -> str:
    """Return what an audit found wrong first: a difference with who is who, or a broken law."""
    if proof.verdict == BROKEN:
        return say("proof.broken", law=proof.difference)
    return say("proof.different", engine=_engine(proof), difference=proof.difference)


def _verdict(proof: Proof, titles: Titles) -> str:
    """Return which repetitions were re-run, and that they are identical."""
    again = proof.replications
    rows = f"{sum(checked.rows for checked in again):,}"
    words = {"engine": _engine(proof), "rows": rows}
    if len(again) == 1:
        (one,) = again
        words |= {"k": str(one.replication + 1), "n": f"{one.of:,}"}
        return say("proof.single", which=_which(one, titles), **words)
    if len(again) == proof.of:
        return say("proof.all", n=f"{proof.of:,}", **words)
    words |= {"k": f"{len(again):,}", "n": f"{proof.of:,}"}
    if len(again) > MOST_NAMED:
        scenarios = len({(one.job, one.case, one.policy) for one in again})
        return say("proof.many", scenarios=count("proof.scenarios", f"{scenarios}"), **words)
    which = "; ".join(_named(one, titles) for one in again)
    return say("proof.several", which=which, **words)


def _named(checked: Checked, titles: Titles) -> str:
    """Return a repetition's number with its scenario."""
    number = str(checked.replication + 1)
    return say("proof.named", k=number, n=f"{checked.of:,}", which=_which(checked, titles))


def _which(checked: Checked, titles: Titles) -> str:
    """Return a scenario by its job, or by its policy and, where cases have titles, its case."""
    if checked.job:
        return checked.job
    names: Sequence[str] = [titles.of(checked.policy)]
    if titles.cases.get(checked.case) or len(titles.cases) > 1:
        names = [*names, titles.of_case(checked.case)]
    return ", ".join(names)


def _engine(proof: Proof) -> str:
    key = ENGINES.get(proof.engine)
    return say(key) if key else say("proof.engine.several")


def _seen(again: int, of: int) -> str:
    """Return what so many re-run repetitions can see, and how many see what is rare."""
    often, rare = (_of_100(chance_of_seeing(share, again)) for share in (OFTEN, RARE))
    enough = str(enough_to_see(RARE, SURE))
    return count("proof.seen", str(again), often=often, rare=rare, enough=enough, of=f"{of:,}")


def _of_100(chance: float) -> str:
    """Return a chance in percent, rounded down: what is not sure is never said to be."""
    return f"{floor(1000.0 * chance + 1e-9) / 10.0:g}"
