"""The two engines on very many random services, and on a million people within a second.

Run by name, `pytest tests/long/test_equality.py`: some five minutes when nothing else runs.
"""

import pytest
from tests.equality import broken, test_broken
from tests.equality.both import a_seed, difference
from tests.equality.drawn import numbered
from tests.equality.extremes import crowd
from tests.equality.services import faults

from simcare.engines import compiled

SERVICES, PARTS = 100_000, 10
MILLION = crowd(1_000_000)


@pytest.mark.parametrize("part", range(PARTS))
def test_both_engines_write_the_same_of_100_000_services(part: int) -> None:
    """Hold that no byte differs in any of 100,000 random small services (a tenth in each part)."""
    each = SERVICES // PARTS
    for number in range(part * each, (part + 1) * each):
        found = difference(numbered(number).program(), a_seed(number), number)
        assert found is None, f"service {number}: {found}"


@pytest.mark.parametrize("name", MILLION)
def test_both_engines_write_the_same_of_a_million_people(name: str) -> None:
    """Hold that no byte differs when a million people come within a second, and nobody is lost."""
    program = MILLION[name].program()
    assert difference(program, 7) is None
    assert faults(program, compiled.simulate(program, 7, 0), 7) == ()


def test_the_table_of_broken_rules_is_what_its_command_makes() -> None:
    """Hold that the numbers in tests/equality/README.md are those of today's services."""
    assert broken.table(test_broken.FIRST) in test_broken.README.read_text(encoding="utf-8")
