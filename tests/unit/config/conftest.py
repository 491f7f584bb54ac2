"""A copy of the shipped configs for each test, and the command run on it."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from simcare import cli
from simcare.config import build, files
from simcare.config.files import Folders, config_folder
from simcare.config.messages import ConfigError

Complaints = Callable[..., list[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the shipped configs, to be written into."""
    return Path(shutil.copytree(config_folder(), tmp_path / "configs"))


@pytest.fixture
def problems(folder: Path) -> Complaints:
    """Return a function from a command line to the problems found in it."""

    def found(*arguments: str) -> list[str]:
        try:
            build.job(arguments, Folders(folder))
        except ConfigError as error:
            return list(error.problems)
        return []

    return found


@pytest.fixture
def command(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[[Sequence[str]], tuple[int, str, list[Path]]]:
    """Return a function that runs a command: its exit code, what it complains of, what it wrote."""
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)
    monkeypatch.setattr(files, "config_folder", lambda: folder)

    def run(arguments: Sequence[str]) -> tuple[int, str, list[Path]]:
        before = sorted(folder.rglob("*"))
        code = cli.main(arguments)
        assert sorted(folder.rglob("*")) == before
        return code, capsys.readouterr().err, sorted(place.rglob("*"))

    return run
