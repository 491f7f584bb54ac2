"""How swept settings are named, and what a run needs is said."""

import pytest

from simcare.report.need import what_it_needs
from simcare.report.settings import name_of, question, setting


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("service.capacities.residential.beds", 110, "110 residential beds"),
        ("service.capacities.assessment_teams.slots", 28, "28 assessment teams slots"),
        ("service.capacities.residential.beds.south_east", 40, "40 south east residential beds"),
        ("service.arrivals.residents.per_year", 1065.5, "residents a year 1065.5"),
        ("seed", 7, "seed 7"),
        (
            "service.conditions.waiting.motivation.half_life_days",
            90,
            "motivation half life days 90",
        ),
        ("policy", "direct_access", "policy direct access"),
    ],
)
def test_a_setting_is_named_by_what_it_is(path: str, value: float | str, said: str) -> None:
    """Expected: by hand; a number and what it counts, else the last two keys and the value."""
    assert setting(path, value) == said


def test_a_sweep_asks_about_its_settings() -> None:
    """Expected: by hand."""
    assert name_of("service.capacities.detox.beds") == "detox beds"
    paths = ["policy", "service.capacities.detox.beds", "seed"]
    assert question(paths) == "What changes with policy, detox beds and seed?"


@pytest.mark.parametrize(
    ("seconds", "size", "time", "memory"),
    [
        (3.0, 190e6, "10 seconds or less", "190 MB"),
        (34.0, 999e6, "30 seconds", "1 GB"),
        (600.0, 1.26e9, "10 minutes", "1.3 GB"),
        (9000.0, 23.7e9, "2.5 hours", "24 GB"),
    ],
)
def test_what_a_run_needs_is_said_roughly(
    seconds: float, size: float, time: str, memory: str
) -> None:
    """Expected: by hand; an estimate is said to two digits at most."""
    said = what_it_needs(20, 7412.0, seconds, size, 2e5)
    assert said.startswith("To play: 20 repetitions, of about 7,400 people at most.")
    assert said.endswith(f"About {time}, {memory} of memory, 1 MB of records.")


def test_a_name_that_ends_in_what_is_counted_says_it_once() -> None:
    """Expected: detox beds, not detox beds beds; teams are counted in slots all the same."""
    assert name_of("service.capacities.detox_beds.beds") == "detox beds"
    assert name_of("service.capacities.beds.beds.west") == "west beds"
    assert name_of("service.capacities.teams.slots") == "teams slots"
