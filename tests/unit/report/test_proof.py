"""How the proof of a run is told: what was re-run, what came of it, and what that can see."""

from dataclasses import replace

import pytest
from tests.unit.report.made import about, findings

from simcare.analysis.findings import CaseNote
from simcare.analysis.proof import AUDIT, DIFFERENT, IDENTICAL, Checked, Proof, as_data
from simcare.report.answer import titles_of
from simcare.report.book import REPORT, report_of
from simcare.report.proof import proof_said

TITLES = titles_of(about({"gp": "GP referral"}, {"lists": CaseNote("separate lists")}))
BARE = titles_of(about({"gp": "GP referral"}, {"as_configured": CaseNote()}))
ONE = Checked("lists", "gp", 16, 100, 214_806)
OTHERS = tuple(replace(ONE, replication=r, rows=1_000) for r in (0, 1, 2))
NONE = "No repetition was re-run by the other engine: these numbers rest on one engine alone."


def proof(*replications: Checked, of: int = 100, engine: str = "reference") -> Proof:
    """Return a proof without a difference."""
    return Proof(engine, "sample", IDENTICAL, of, replications)


def test_one_repetition_is_named() -> None:
    """Expected: by hand. Repetitions are counted from 1; a single case without a title is left out.

    One repetition sees what is in half of all with 50 %, what is in 1 of 100 with 1 %.
    """
    first, seen = proof_said(proof(ONE), TITLES)
    assert first == (
        "Repetition 17 of 100 (GP referral, separate lists) re-run on the SimPy model: identical, "
        "214,806 rows."
    )
    assert "probability 1 − (1 − p)^1. That is 50 % if the fault is in half of them, 1 % if" in seen
    assert "To find the latter with 95 % takes 299; this run has 100." in seen
    bare = proof_said(proof(replace(ONE, case="as_configured"), engine="compiled"), BARE)[0]
    assert bare.startswith("Repetition 17 of 100 (GP referral) re-run on the compiled engine: ")


def test_a_few_repetitions_are_named() -> None:
    """Expected: by hand. 2 see 1 − 0.25 = 75 %, and 1 − 0.99² = 1.99 %, which is not said as 2."""
    first, seen = proof_said(proof(*OTHERS[:2]), TITLES)
    assert first == (
        "2 of 100 repetitions re-run on the SimPy model: identical, 2,000 rows. They are: GP "
        "referral, separate lists (repetition 1 of 100); GP referral, separate lists (repetition 2 "
        "of 100)."
    )
    assert "75 % if the fault is in half of them, 1.9 % if it is in 1 of 100" in seen


def test_many_repetitions_are_counted() -> None:
    """Expected: by hand; those of one job of a sweep are one scenario."""
    jobs = (replace(ONE, job="seed=1"), replace(ONE, job="seed=2"), *OTHERS)
    first, _ = proof_said(proof(*jobs), TITLES)
    assert first.startswith("5 of 100 repetitions, in 3 scenarios, re-run on the SimPy model: ")
    assert proof_said(proof(jobs[0]), TITLES)[0].startswith("Repetition 17 of 100 (seed=1) re-run")


def test_all_repetitions_leave_nothing_unseen() -> None:
    """Expected: by hand; a sample that holds all is none."""
    assert proof_said(proof(*OTHERS, of=3), TITLES) == [
        "All 3 repetitions re-run on the SimPy model: identical, 3,000 rows."
    ]
    assert len(proof_said(proof(ONE, of=1), TITLES)) == 1


def test_visits_that_were_not_kept_are_told() -> None:
    """Hold that the reader knows with what was compared."""
    told = proof_said(replace(proof(ONE, of=1), kept=False), TITLES)
    assert len(told) == 2
    assert told[1].startswith("Not all visits of the run are kept")


@pytest.mark.parametrize("origin", [{}, {AUDIT: None}, {AUDIT: {"verdict": "fine"}}])
def test_a_report_without_a_proof_says_so(origin: dict[str, object]) -> None:
    """Hold that a page never leaves open whether there was an audit."""
    assert NONE in report_of(findings(), origin)[REPORT].decode()


def test_a_report_tells_of_a_difference_first() -> None:
    """Hold that a difference is a warning on the first page, not a note at the end."""
    bad = Proof("reference", "all", DIFFERENT, 3, (), True, "row 7: ended is 1 in ours")
    page = report_of(findings(), {AUDIT: as_data(bad)})[REPORT].decode()
    told = "An audit found that these results are not what the SimPy model makes of the same"
    assert page.index(told) < page.index("How sure is this?")
    assert "row 7: ended is 1 in ours" in page
