"""That the comparison can fail: every rule of docs/engines.md, broken in one engine, is noticed."""

from pathlib import Path

import pytest
from tests.equality.broken import BROKEN, Broken, Run, noticed, runs

from simcare.engines import reference

FIRST = 1000
README = Path(__file__).with_name("README.md")


@pytest.fixture(scope="module")
def played() -> list[Run]:
    """Random small services, played by an engine that obeys the rules."""
    return runs(FIRST)


def test_the_reference_engine_is_not_noticed(played: list[Run]) -> None:
    """Hold that with nothing broken nothing is noticed: else the others would show nothing."""
    assert not any(noticed(reference.simulate, run) for run in played)


@pytest.mark.parametrize("broken", BROKEN, ids=[broken.instead for broken in BROKEN])
def test_a_broken_rule_is_noticed(broken: Broken, played: list[Run]) -> None:
    """Hold that at least one of 1,000 random services is played otherwise."""
    simulate = broken.simulate()
    assert any(noticed(simulate, run) for run in played)


def test_the_table_names_all_that_is_broken() -> None:
    """Hold that the table of this folder's README has each rule, in this order, and no others."""
    rows = [line.split(" | ") for line in README.read_text(encoding="utf-8").splitlines()]
    told = [(row[0].removeprefix("| "), row[1]) for row in rows if len(row) == 3]
    assert told[2:] == [(broken.rule, broken.instead) for broken in BROKEN]
