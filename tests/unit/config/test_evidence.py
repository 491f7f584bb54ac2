"""Every number of a config with its unit and source."""

import csv
import io

import pytest

from simcare.config.build import job
from simcare.config.evidence import counted, in_csv, parameters, told, unit_of
from simcare.config.files import config_folders, names

RESOLVED = {
    "service": {
        "currency": "NOK",
        "arrivals": {"residents": {"per_year": 700, "open": True}},
        "stages": {
            "ward": {
                "stay_days": {"log_normal": {"mean": 9.5, "sd": 5}},
                "costs": {"per_day": 9000},
                "next": {"completed": [{"to": {"home": 0.8, "out": 0.2}}]},
            }
        },
        "sources": {
            "arrivals": "assumed: so many",
            "stages.ward": "=a register",
            "stages.ward.costs": "a price list; that it holds for all is assumed",
        },
    },
    "population": {"attributes": {"motivation": {"number": {"fixed": 1}}}},
    "policies": {
        "more": {
            "change": {"service.stages.ward.beds": "+2"},
            "sources": {"service.stages": "assumed"},
        }
    },
    "cases": {"busy": {"title": "20 more", "set": {"service.arrivals.residents.per_year": 840}}},
}


def test_every_number_is_told_with_its_source() -> None:
    """Expected: by hand. A longer path goes before a shorter; a case is an assumption in itself."""
    rows = [(p.whose, p.path, p.value, p.unit, p.grade) for p in parameters(RESOLVED)]
    ward = "service.stages.ward"
    assert rows == [
        ("the service", "service.arrivals.residents.per_year", "700", "people a year", "assumed"),
        ("the service", f"{ward}.stay_days.log_normal.mean", "9.5", "days", "sourced"),
        ("the service", f"{ward}.stay_days.log_normal.sd", "5", "days", "sourced"),
        ("the service", f"{ward}.costs.per_day", "9000", "NOK a day", "partly assumed"),
        ("the service", f"{ward}.next.completed.0.to.home", "0.8", "share", "sourced"),
        ("the service", f"{ward}.next.completed.0.to.out", "0.2", "share", "sourced"),
        (
            "the population",
            "population.attributes.motivation.number.fixed",
            "1",
            "from 0 to 1",
            "no source given",
        ),
        ("the policy more", f"{ward}.beds", "+2", "places", "assumed"),
        ("the case busy", "service.arrivals.residents.per_year", "840", "people a year", "assumed"),
    ]
    assert counted(parameters(RESOLVED)) == (
        "9 numbers: 4 sourced, 1 partly assumed, 3 assumed, 1 no source given."
    )


def test_the_lines_of_a_source_stand_together() -> None:
    """A source is told once for the numbers after it; a number without one is told so."""
    lines = list(told(parameters(RESOLVED)))
    assert lines[:3] == [
        "the service, assumed: assumed: so many",
        "    service.arrivals.residents.per_year = 700 (people a year)",
        "the service, sourced: =a register",
    ]
    assert "the population, no source given" in lines


def test_the_csv_is_read_as_it_was_and_is_no_formula() -> None:
    """Hold that it has a row for each number, and that no source begins as a formula does."""
    found = parameters(RESOLVED)
    rows = list(csv.DictReader(io.StringIO("\n".join(in_csv(found)))))
    assert [row["parameter"] for row in rows] == [one.path for one in found]
    assert rows[1]["source"] == "'=a register"


@pytest.mark.parametrize(
    ("path", "unit"),
    [
        ("service.arrivals.a.months.0", "factor"),
        ("service.arrivals.a.wave.start_day", "days"),
        ("service.capacities.x.bought.price_per_day", "SEK a day"),
        ("service.capacities.x.bought.at_most_days", "days"),
        ("service.capacities.x.changes.0.number", "places"),
        ("service.capacities.x.beds.north", "places"),
        ("service.conditions.c.leave.after_days.motivation.link", "from 0 to 1"),
        ("service.conditions.c.leave.after_days.motivation.mean", "days"),
        ("service.conditions.c.leave.early_loss.mean_days", "days"),
        ("service.conditions.c.die.times.0.factor", "factor"),
        ("service.conditions.c.drifts.support.half_life_days", "days"),
        ("service.stages.s.costs.0.per_day_waiting", "SEK a day of waiting"),
        ("service.deadlines.d.within.0.working_days", "days"),
        ("population.attributes.severity.number_by.alcohol.triangular.mode", "from 0 to 1"),
        ("population.attributes.region.shares.west", "share"),
    ],
)
def test_units_follow_from_names(path: str, unit: str) -> None:
    """Expected: what docs/service.md says of each."""
    assert unit_of(path, "SEK") == unit


@pytest.mark.parametrize("experiment", names(config_folders(), "experiment"))
def test_no_number_that_is_shipped_is_without_a_source(experiment: str) -> None:
    """Hold it for all numbers of the experiments, of their policies and cases."""
    found = parameters(job([f"experiment={experiment}"]).resolved)
    assert len(found) > 200
    assert [one.path for one in found if not one.source] == []
