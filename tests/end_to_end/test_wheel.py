"""The wheel, as those have it who never saw the repository: built, unpacked elsewhere, and run."""

import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
QUEUE = ("service=one_queue", "population=plain")
SHORT = ("replications=2", "horizon_days=60", "warm_up_days=10", "workers=1")
OWN = """
import sys
from simcare.config.build import job
from simcare.config.files import config_folders
made = job(["service=mine", "population=plain"], config_folders("mine"))
print(made.study.scenes[0].scenario.service.capacities["places"].number)
"""

Done = subprocess.CompletedProcess[str]
Python = Callable[..., Done]


def build(target: str, source: Path, into: Path) -> Path:
    """Return the distribution that the build back end makes of a source tree, with no network."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(into)]
    done = subprocess.run(
        command, cwd=source, capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    (made,) = into.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return made


def contents(wheel: Path) -> dict[str, bytes]:
    """Return what is in a wheel by name, but for what describes the wheel itself."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
        return {name: archive.read(name) for name in names}


def sources(folder: Path) -> list[Path]:
    """Return the files of a folder of sources, without what Python and editors leave there."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of the repository."""
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the wheel unpacked, which is how a wheel of pure Python is installed."""
    place = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    return place


@pytest.fixture
def python(site: Path, tmp_path: Path) -> Python:
    """Return a function that runs Python on the unpacked wheel, in an empty folder."""
    place = tmp_path / "place"
    place.mkdir()
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    surroundings |= {"PYTHONPATH": str(site), "PYTHONWARNINGS": "error"}
    # Numba keeps machine code by the path of its source: not in the user's cache, since it goes.
    surroundings |= {"NUMBA_CACHE_DIR": str(site / "cache")}

    def run(*arguments: str) -> Done:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=place,
            env=surroundings,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done

    return run


def test_the_wheel_holds_the_package_and_the_configs_and_nothing_else(wheel: Path) -> None:
    """Expected: the files of src/simcare, data such as words and styles included, and configs."""
    expected = {
        (PurePosixPath("simcare", place) / path.relative_to(folder).as_posix()).as_posix(): path
        for place, folder in (("", ROOT / "src" / "simcare"), ("configs", ROOT / "configs"))
        for path in sources(folder)
    }
    data = {name for name in expected if not name.endswith(".py")}
    assert {"simcare/report/words.csv", "simcare/configs/config.yaml"} <= data
    found = contents(wheel)
    assert sorted(found) == sorted(expected)
    assert all(found[name] == path.read_bytes() for name, path in expected.items())


def test_the_wheel_of_the_source_distribution_is_the_same(wheel: Path, tmp_path: Path) -> None:
    """Hold that a wheel can be built from the source distribution alone, byte for byte."""
    archive = build("sdist", ROOT, tmp_path / "sdist")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    source = tmp_path / archive.name.removesuffix(".tar.gz")
    for name in ("README.md", "LICENSE", "CITATION.cff", "docs/service.md", "tests/conftest.py"):
        assert (source / name).is_file()
    again = build("wheel", source, tmp_path / "wheel")
    assert contents(again) == contents(wheel)


def test_what_runs_is_the_wheel(python: Python, site: Path) -> None:
    """Hold that the tests here run the unpacked package with its own configs, not the checkout."""
    script = (
        "import simcare; from simcare.config.files import config_folder; "
        "print(simcare.__file__, config_folder(), sep='\\n')"
    )
    package = site / "simcare"
    lines = python("-c", script).stdout.splitlines()
    assert lines == [str(package / "__init__.py"), str(package / "configs")]


def test_the_commands_run_from_the_wheel(python: Python, tmp_path: Path) -> None:
    """Hold that list, check and run work in an empty folder, far from the repository."""
    command = ("-m", "simcare.cli")
    assert "direct_access" in python(*command, "list").stdout
    done = python(*command, "check", "policy=direct_access")
    assert done.stdout.startswith("direct_access: all right. 1 scenarios, 20 replications")
    done = python(*command, "run", *QUEUE, *SHORT, "output=here")
    assert "Results: here" in done.stdout
    assert (tmp_path / "place" / "here" / "summary.csv").is_file()


def test_configs_of_ones_own_stand_beside_those_in_the_wheel(
    python: Python, tmp_path: Path
) -> None:
    """Hold that an own service builds on one that is shipped inside the package."""
    folder = tmp_path / "place" / "mine" / "service"
    folder.mkdir(parents=True)
    text = "defaults: [one_queue, _self_]\ncapacities: {places: {beds: 7}}\n"
    (folder / "mine.yaml").write_text(text)
    assert python("-c", OWN).stdout == "7\n"
