"""What proof a run carries, as it stands in its provenance, and what a sample can see."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from simcare.analysis.balances import Balance, added

Asked = Literal["none", "sample", "all"]
Verdict = Literal["not audited", "identical", "different", "a law is broken"]
NOT_AUDITED: Verdict = "not audited"
IDENTICAL: Verdict = "identical"
DIFFERENT: Verdict = "different"
BROKEN: Verdict = "a law is broken"
AUDIT = "audit"  # the key in a provenance
_LEVELS: tuple[Asked, ...] = ("none", "sample", "all")


@dataclass(frozen=True)
class Checked:
    """A replication, numbered from 0, that the other engine has played to the same rows.

    ``of`` is how many its scenario has; ``job`` names the job of a sweep.
    """

    case: str
    policy: str
    replication: int
    of: int
    rows: int
    job: str = ""


@dataclass(frozen=True)
class Proof:
    """What an audit of a run has found.

    ``engine`` is the one that played again, "" if none did; ``of`` is how many replications the
    run has. ``kept`` says whether the run's own visits were read; if not, its engine played them
    again. ``balances`` are those of the replications that were played again, added up.
    ``difference`` is the first that was found, or the first law that is broken, in words.
    ``code_sha256`` is the version of simcare that compared.
    """

    engine: str
    asked: Asked
    verdict: Verdict
    of: int
    replications: tuple[Checked, ...] = ()
    kept: bool = True
    difference: str = ""
    seconds: float = 0.0
    code_sha256: str = ""
    balances: tuple[Balance, ...] = ()

    @property
    def is_against(self) -> bool:
        """Whether these results cannot be right: engines differ, or a law is broken."""
        return self.verdict in (DIFFERENT, BROKEN)

    def answers(self, asked: Asked) -> bool:
        """Return whether no more is asked than was done, with nothing wrong found."""
        return not self.is_against and _LEVELS.index(self.asked) >= _LEVELS.index(asked)

    def says_more_than(self, other: "Proof | None") -> bool:
        """Return whether this should stand in the place of what another audit of a run found.

        What is wrong always does, and so does the larger of two samples. What holds for a sample
        does not do away with what a look at all of them found wrong.
        """
        if other is None or self.is_against:
            return True
        level, before = _LEVELS.index(self.asked), _LEVELS.index(other.asked)
        if level != before:
            return level > before
        return other.is_against or len(self.replications) > len(other.replications)


_PROOF = TypeAdapter(Proof)


def proof_from(origin: Mapping[str, Any]) -> Proof | None:
    """Return the proof that a provenance tells of; None if it tells of none that can be read."""
    try:
        return _PROOF.validate_python(origin.get(AUDIT))
    except ValidationError:
        return None


def as_data(proof: Proof) -> dict[str, Any]:
    """Return a proof as it stands in a provenance."""
    return asdict(proof)


def joined(proofs: Mapping[str, Proof]) -> Proof:
    """Return the proofs of a sweep's jobs as one: what all of them have in common.

    ``proofs`` are by the names of the jobs; there is at least one.
    """
    every = [*proofs.values()]
    differs = next((f"{job}: {p.difference}" for job, p in proofs.items() if p.difference), "")
    return Proof(
        engine=" and ".join(dict.fromkeys(p.engine for p in every if p.engine)),
        asked=min((p.asked for p in every), key=_LEVELS.index),
        verdict=_together([p.verdict for p in every]),
        of=sum(p.of for p in every),
        replications=tuple(
            replace(checked, job=job) for job, p in proofs.items() for checked in p.replications
        ),
        balances=added(balance for p in every for balance in p.balances),
        kept=all(p.kept for p in every),
        difference=differs,
        seconds=round(sum(p.seconds for p in every), 3),
        code_sha256=every[0].code_sha256,
    )


def _together(verdicts: Sequence[Verdict]) -> Verdict:
    return next(v for v in (BROKEN, DIFFERENT, IDENTICAL, NOT_AUDITED) if v in verdicts)


def chance_of_seeing(share: float, looked_at: int) -> float:
    """Return how likely a fault in a share of all is among so many looked at, each by chance.

    Of very many, that is: 1 − (1 − share) to the power of how many are looked at.
    """
    return 1.0 - (1.0 - share) ** looked_at


def enough_to_see(share: float, chance: float) -> int:
    """Return the least number to look at that shows a fault in a share of all with such a chance.

    Both lie between 0 and 1, the ends left out.
    """
    return next(n for n in count(1) if chance_of_seeing(share, n) >= chance)
