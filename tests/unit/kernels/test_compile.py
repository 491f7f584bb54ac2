"""Where machine code is kept: by what it was made from, where only its owner may write."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[3] / "src"
ASK = "from simcare.kernels.compile import cache_folder; print(cache_folder())"
DOUBLE = """
from simcare.kernels.compile import kernel
@kernel
def double(x):
    return 2 * x
"""
USE = "from simcare.kernels.double import double; print(double(21), len(double.stats.cache_misses))"

not_root = pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() == 0, reason="root may write everywhere"
)
posix = pytest.mark.skipif(not hasattr(os, "getuid"), reason="there is no owner and mode to set")


def python(code: str, **environment: str | Path) -> str:
    """Run code in a fresh Python and return what it prints; no variable of ours is passed on."""
    kept = {k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")}
    given = {name: str(value) for name, value in environment.items()}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, "PYTHONPATH": str(SOURCE), **given},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a folder with a copy of the kernels and engines, and one small kernel more."""
    root = tmp_path / "copy"
    for part in ("kernels", "engines"):
        shutil.copytree(
            SOURCE / "simcare" / part,
            root / "simcare" / part,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    (root / "simcare" / "__init__.py").touch()
    (root / "simcare" / "kernels" / "double.py").write_text(DOUBLE)
    return root


def files(folder: Path) -> list[Path]:
    """Return the files of machine code anywhere below a folder."""
    return sorted(folder.rglob("*.nb[ic]"))


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    """Hold that the folder lies below the user's caches and nobody else may look into it."""
    folder = Path(python(ASK, XDG_CACHE_HOME=tmp_path))
    assert folder.parent == tmp_path / "simcare"
    assert folder.name.startswith("kernels-")
    assert len(folder.name) == len("kernels-") + 12
    assert folder.is_dir()
    if hasattr(os, "getuid"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


def test_numbas_own_variable_is_the_parent(tmp_path: Path) -> None:
    """Hold that NUMBA_CACHE_DIR goes before XDG_CACHE_HOME, and the home comes last."""
    first, second, home = tmp_path / "first", tmp_path / "second", tmp_path / "home"
    home.mkdir()
    given = Path(python(ASK, NUMBA_CACHE_DIR=first, XDG_CACHE_HOME=second, HOME=home))
    assert given.parent == first / "simcare"
    assert Path(python(ASK, HOME=home)).parent == home / ".cache" / "simcare"
    relative = Path(python(ASK, XDG_CACHE_HOME="here", HOME=home))
    assert relative.parent == home / ".cache" / "simcare"


@pytest.mark.parametrize("changed", ["kernels/laws.py", "engines/reference.py", "kernels/new.py"])
def test_another_source_has_another_folder(package: Path, changed: str, tmp_path: Path) -> None:
    """Hold that a changed or added source leads to another folder, and the same one back again."""
    before = python(ASK, PYTHONPATH=package, XDG_CACHE_HOME=tmp_path)
    assert python(ASK, PYTHONPATH=package, XDG_CACHE_HOME=tmp_path) == before
    with (package / "simcare" / changed).open("a") as file:
        file.write("\n# changed\n")
    assert python(ASK, PYTHONPATH=package, XDG_CACHE_HOME=tmp_path) != before


def test_another_version_has_another_folder(tmp_path: Path) -> None:
    """Hold that the versions of Numba and of Python are part of the folder's name."""
    changes = ("", "numba.__version__ += 'a'\n", "sys.version += 'a'\n")
    imports = "import numba, sys\n"
    found = {python(imports + change + ASK, XDG_CACHE_HOME=tmp_path) for change in changes}
    assert len(found) == len(changes)


def test_machine_code_is_kept_there_and_found_again(package: Path, tmp_path: Path) -> None:
    """Hold that a second process finds what the first compiled, and nothing lies elsewhere."""
    caches = tmp_path / "caches"
    assert python(USE, PYTHONPATH=package, XDG_CACHE_HOME=caches) == "42 1"
    assert python(USE, PYTHONPATH=package, XDG_CACHE_HOME=caches) == "42 0"
    assert files(caches)
    assert not files(package)


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
def test_damaged_machine_code_is_compiled_anew(kind: str, package: Path, tmp_path: Path) -> None:
    """Hold that a file that ends too early is no error, and is whole again afterwards."""
    cache = tmp_path / "cache"
    assert python(USE, PYTHONPATH=package, XDG_CACHE_HOME=cache) == "42 1"
    for file in cache.rglob(f"double*.{kind}"):
        file.write_bytes(file.read_bytes()[:20])
    assert python(USE, PYTHONPATH=package, XDG_CACHE_HOME=cache) == "42 1"
    assert python(USE, PYTHONPATH=package, XDG_CACHE_HOME=cache) == "42 0"


def test_the_setting_of_others_is_left_alone(package: Path, tmp_path: Path) -> None:
    """Hold that Numba's setting for other programs' functions is as it was."""
    code = "import numba; before = numba.config.CACHE_DIR\n" + USE
    says = python(
        code + "\nprint(numba.config.CACHE_DIR == before)",
        PYTHONPATH=package,
        XDG_CACHE_HOME=tmp_path,
    )
    assert says.splitlines()[-1] == "True"


def refused(package: Path, **environment: str | Path) -> None:
    """Check that there is no folder, that kernels work all the same, and keep nothing anywhere."""
    said = python(f"{ASK}\n{USE}", PYTHONPATH=package, **environment)
    assert said.split()[:2] == ["None", "42"]
    assert not files(package)


def test_a_parent_that_is_no_folder(package: Path, tmp_path: Path) -> None:
    """Hold that a cache folder that cannot be made is no error: nothing is kept."""
    (tmp_path / "file").touch()
    refused(package, XDG_CACHE_HOME=tmp_path / "file")
    refused(package, NUMBA_CACHE_DIR=tmp_path / "file" / "below")


@not_root
def test_a_folder_that_may_not_be_written(package: Path, tmp_path: Path) -> None:
    """Hold that a read-only cache folder is no error: nothing is kept."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    refused(package, XDG_CACHE_HOME=closed)


@posix
@pytest.mark.parametrize("which", ["simcare", "kernels"])
@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_may_write(
    package: Path, which: str, mode: int, tmp_path: Path
) -> None:
    """Hold that nothing is read from or kept in a folder that others may write to."""
    folder = Path(python(ASK, PYTHONPATH=package, XDG_CACHE_HOME=tmp_path))
    (folder.parent if which == "simcare" else folder).chmod(mode)
    refused(package, XDG_CACHE_HOME=tmp_path)
    assert not files(folder)


@posix
def test_a_parent_in_which_anybody_may_rename(package: Path, tmp_path: Path) -> None:
    """Hold that a folder of ours is not made where anybody could put another in its place."""
    parent = tmp_path / "anybodys"
    parent.mkdir()
    parent.chmod(0o777)
    refused(package, XDG_CACHE_HOME=parent)
    parent.chmod(0o1777)
    assert python(ASK, XDG_CACHE_HOME=parent).startswith(str(parent))


@posix
def test_a_folder_of_somebody_else(package: Path, tmp_path: Path) -> None:
    """Hold that nothing is read from or kept in a folder that belongs to another user."""
    folder = Path(python(ASK, PYTHONPATH=package, XDG_CACHE_HOME=tmp_path))
    if os.getuid() == 0:
        os.chown(folder, 65534, 65534)
        refused(package, XDG_CACHE_HOME=tmp_path)
    else:  # then somebody else is played by ourselves
        other = f"import os; os.getuid = lambda: {os.getuid() + 1}\n"
        assert python(other + ASK, PYTHONPATH=package, XDG_CACHE_HOME=tmp_path) == "None"
    assert not files(folder)


@posix
def test_a_link_is_refused(package: Path, tmp_path: Path) -> None:
    """Hold that a link in the place of the folder is not followed."""
    folder = Path(python(ASK, PYTHONPATH=package, XDG_CACHE_HOME=tmp_path))
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))
    refused(package, XDG_CACHE_HOME=tmp_path)


# --- whether it is kept -------------------------------------------------------------------------

KEPT = """
from simcare.kernels.compile import kept
from simcare.kernels.double import double
print(kept(double).name)
double(21)
print(kept(double).name)
"""


def test_a_kernel_is_kept_once_it_was_compiled(package: Path, tmp_path: Path) -> None:
    """Hold that machine code is told to be kept after the first run, and from then on."""
    (package / "simcare" / "kernels" / "other.py").write_text(DOUBLE)
    where = {"PYTHONPATH": package, "XDG_CACHE_HOME": tmp_path / "caches"}
    python(USE.replace("kernels.double", "kernels.other"), **where)
    assert python(KEPT, **where).split() == ["NOT_YET", "YES"]
    assert python(KEPT, **where).split() == ["YES", "YES"]


def test_a_kernel_is_kept_nowhere_without_a_folder(package: Path, tmp_path: Path) -> None:
    """Hold that without a folder it is told that every run compiles."""
    (tmp_path / "file").touch()
    found = python(KEPT, PYTHONPATH=package, XDG_CACHE_HOME=tmp_path / "file")
    assert found.split() == ["NOWHERE", "NOWHERE"]


@posix
def test_nobody_without_a_home_is_refused(package: Path, tmp_path: Path) -> None:
    """Hold that a user whom the system does not know, with no variable set, compiles each time.

    The system's list of users is hidden; ``Path.home`` then raises what it raises for such a user.
    """
    nobody = "import os, pwd; os.environ.pop('HOME', None)\n"
    nobody += "def unknown(_): raise KeyError\npwd.getpwuid = unknown\n"
    assert python(nobody + ASK, PYTHONPATH=package) == "None"
    assert python(nobody + USE, PYTHONPATH=package).split()[0] == "42"
    there = nobody + f"os.environ['XDG_CACHE_HOME'] = {str(tmp_path)!r}\n"
    assert Path(python(there + ASK, PYTHONPATH=package)).parent == tmp_path / "simcare"


@posix
def test_a_folder_that_cannot_be_written_by_its_owner(package: Path, tmp_path: Path) -> None:
    """Hold that a cache on a file system that is read only is no error: nothing is kept."""
    where = {"PYTHONPATH": package, "XDG_CACHE_HOME": tmp_path}
    folder = Path(python(ASK, **where))
    closed = (
        "import errno, tempfile\ndef closed(*_, **__): raise OSError(errno.EROFS, 'read only')\n"
    )
    closed += "tempfile.TemporaryFile = closed\n"
    assert python(closed + ASK, **where) == "None"
    assert python(closed + KEPT, **where).split() == ["NOWHERE", "NOWHERE"]
    assert not files(folder)
