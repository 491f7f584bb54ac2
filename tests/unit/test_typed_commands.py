"""Commands that are told to be typed: pasted into a terminal, they say what was meant."""

import shlex
from pathlib import Path

import pytest

from simcare.app.commands import Command, setting
from simcare.arguments import given_by
from simcare.config.given import parse
from simcare.config.sweep import sweep

TEXTS = (
    "results/r",
    "my results/1-beds=110",
    "a=b,c",
    "it's here",
    'the "best" one',
    "both ' and \"",
    "$HOME/${x}",
    "æ ø å",
    "[1]",
    "null",
    "12",
    "a;b|c&d>e*",
)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_read_as_it_was_meant(text: str) -> None:
    """Hold for texts with signs that the grammar, or a shell, would read as something else."""
    (given,) = shlex.split(shlex.join([setting("output", text)]))
    found = parse([given])
    if "${" not in text:
        assert (found.values, found.problems) == ({"output": text}, [])
    else:  # what no config may hold is refused, never read as something else
        assert found.problems


def test_a_job_alone_is_given_all_that_the_sweep_was() -> None:
    """Expected by hand: one value of what is swept, the folder of the job, and everything else."""
    given = (
        "service=one_queue",
        "population=plain",
        "service.capacities.places.beds=1,2",
        "keep=outcomes",
        "output=s",
        "workers=2",
    )
    first, second = sweep(given).jobs
    command = Command(given, config_dir="my configs", multirun=True, yes=True)
    told = shlex.split(str(command.alone(second, Path("s/jobs/2-beds=2"))))
    program, *arguments = told
    assert program == "simcare"
    read = given_by(arguments)
    assert (read.command, read.multirun, read.yes, read.config_dir) == (
        "run", False, True, "my configs",
    )  # fmt: skip
    values = parse(read.settings)
    assert values.problems == []
    assert values.values == {
        "service.capacities.places.beds": 2,
        "keep": "outcomes",
        "workers": 2,
        "output": "s/jobs/2-beds=2",
    }
    assert values.choices == {"service": "one_queue", "population": "plain"}
    assert shlex.split(str(command)) == [
        "simcare", "run", "--multirun", "--yes", "--config-dir", "my configs", *given,
    ]  # fmt: skip
    assert first.settings[2] == "service.capacities.places.beds=1"
