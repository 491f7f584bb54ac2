"""What a proof says: levels, proofs of many jobs as one, the way to a provenance and back."""

import json

import pytest

from simcare.analysis.proof import (
    AUDIT,
    DIFFERENT,
    IDENTICAL,
    NOT_AUDITED,
    Asked,
    Checked,
    Proof,
    Verdict,
    as_data,
    chance_of_seeing,
    enough_to_see,
    joined,
    proof_from,
)

ONE = Checked("a", "p", 16, 100, 214_806)


def proof(asked: Asked, verdict: Verdict = IDENTICAL, again: int = 1) -> Proof:
    """Return a proof of some level, for which so many replications were re-run."""
    return Proof("reference", asked, verdict, 100, (ONE,) * again)


def test_how_likely_a_fault_is_seen() -> None:
    """Expected: theory. Of k independent looks at a share p, 1 − (1 − p)^k show it at least once.

    By hand: 0.99^298 = 0.05004 and 0.99^299 = 0.04954, so 299 are the first to reach 95 %.
    """
    assert chance_of_seeing(0.5, 1) == 0.5
    assert chance_of_seeing(0.5, 3) == 0.875
    assert chance_of_seeing(0.01, 298) == pytest.approx(1 - 0.05004, abs=5e-6)
    assert chance_of_seeing(0.01, 299) == pytest.approx(1 - 0.04954, abs=5e-6)
    assert enough_to_see(0.01, 0.95) == 299
    assert enough_to_see(0.5, 0.5) == 1


def test_a_provenance_holds_a_proof() -> None:
    """Hold that a proof comes back from JSON as it was."""
    found = Proof("reference", "all", DIFFERENT, 3, (ONE,), False, "row 7", 0.5, "abc")
    origin = json.loads(json.dumps({AUDIT: as_data(found)}))
    assert proof_from(origin) == found


@pytest.mark.parametrize("audit", [None, "yes", {}, {"engine": "x"}, {"verdict": "fine"}, []])
def test_what_is_no_proof_is_none(audit: object) -> None:
    """Hold that a provenance without a proof, or changed by hand, tells of none."""
    assert proof_from({AUDIT: audit}) is None
    assert proof_from({}) is None


def test_what_says_more() -> None:
    """Hold that more replications say more, a difference says most, and a sample undoes none.

    Expected: by hand.
    """
    assert proof("sample").says_more_than(None)
    assert proof("sample").says_more_than(proof("none", NOT_AUDITED))
    assert proof("all").says_more_than(proof("sample"))
    assert not proof("sample").says_more_than(proof("sample"))
    assert not proof("sample").says_more_than(proof("all"))
    assert proof("sample", again=3).says_more_than(proof("sample", again=2))
    assert not proof("sample", again=2).says_more_than(proof("sample", again=3))
    assert proof("sample", DIFFERENT).says_more_than(proof("all"))
    assert not proof("sample").says_more_than(proof("all", DIFFERENT))
    assert proof("all").says_more_than(proof("all", DIFFERENT))


def test_what_needs_no_other_audit() -> None:
    """Hold that a run is audited anew where more is asked than was done, or a difference found."""
    assert proof("all").answers("sample")
    assert proof("sample").answers("sample")
    assert proof("sample").answers("none")
    assert not proof("sample").answers("all")
    assert not proof("all", DIFFERENT).answers("sample")


def test_the_proofs_of_many_jobs_are_one() -> None:
    """Hold that jobs are named, numbers added, and that it says no more than each of them.

    Expected: by hand.
    """
    both = joined({"x=1": proof("all"), "x=2": proof("sample")})
    assert (both.asked, both.verdict, both.of) == ("sample", IDENTICAL, 200)
    assert [checked.job for checked in both.replications] == ["x=1", "x=2"]
    bad = Proof("reference", "all", DIFFERENT, 1, (), True, "row 7")
    mixed = joined({"x=1": proof("all"), "x=2": bad})
    assert (mixed.verdict, mixed.difference) == (DIFFERENT, "x=2: row 7")
