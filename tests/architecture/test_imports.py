"""What may depend on what inside simcare: the floors, the cycles and the fences, read with `ast`.

The rules are the tables at the top. A place is a module or a package below `simcare`, with all
that lies in it: `engines` covers `engines.reference`. Imports count wherever they stand, in
functions and under `TYPE_CHECKING` too.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = "simcare"
SOURCE = Path(__file__).parents[2] / "src" / ROOT

# From the top. A module imports from strictly lower floors and from its own place, nothing else.
# `__init__` is simcare's own: all may import from it, and it imports nothing of simcare.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("__main__",),
    ("cli",),
    ("app", "arguments"),
    ("config", "store"),
    ("report", "study"),
    ("analysis", "engines"),
    ("model", "kernels"),
    ("__init__",),
)


@dataclass(frozen=True)
class Fence:
    """Sightings (see `sightings`) that only some places may show, or that some may not."""

    says: str
    sightings: tuple[str, ...]
    only_in: tuple[str, ...] = ()
    not_in: tuple[str, ...] = ()

    def bars(self, place: str) -> bool:
        """Tell whether a module at `place` is barred from what the fence is about."""
        return within(place, self.not_in) if self.not_in else not within(place, self.only_in)


NUMERIC = ("engines", "kernels")
# Last digits of these differ between math libraries and processors; those of sqrt do not.
UNSTEADY = """
    acos acosh angle arccos arccosh arcsin arcsinh arctan arctan2 arctanh asin asinh atan
    atan2 atanh cbrt cos cosh deg2rad degrees dist erf erfc exp exp2 expm1 float_power gamma
    geomspace hypot i0 lgamma log log10 log1p log2 logaddexp logaddexp2 logspace pow power
    rad2deg radians sin sinc sinh tan tanh
""".split()  # noqa: SIM905

FENCES: tuple[Fence, ...] = (
    Fence("only the reference engine imports simpy", ("import simpy",), ("engines.reference",)),
    Fence("only config imports Hydra", ("import hydra", "import omegaconf"), ("config",)),
    Fence("only report draws", ("import matplotlib", "import jinja2"), ("report",)),
    Fence("numba is for kernels and engines", ("import numba", "import llvmlite"), NUMERIC),
    Fence(
        "only store writes files",
        (
            *("call open[write]", "method open[write]"),
            *(f"method write_{what}" for what in ("text", "bytes", "parquet")),
            *("use os.replace", "use os.rename", "use shutil"),
        ),
        ("store",),
    ),
    Fence(
        "only store and config read files, and the report its own words",
        ("call open[read]", "method open[read]", "method read_text", "method read_bytes"),
        ("store", "config", "report.words"),
    ),
    Fence(
        "only cli prints",
        ("call print", "use rich.print", "use rich.console.Console", "use sys.stdout"),
        ("cli",),
    ),
    Fence(
        "no function whose last digits depend on the machine",
        (
            *(f"use {module}.{name}" for module in ("cmath", "math", "numpy") for name in UNSTEADY),
            *("use scipy.special", "use scipy.stats", "power", "call pow"),
        ),
        not_in=NUMERIC,
    ),
    Fence("no fastmath", ("word fastmath",)),
    Fence("no code from data", ("call eval", "call exec", "use hydra.utils.instantiate")),
    Fence("no import that cannot be read here", ("call __import__", "use importlib.import_module")),
    Fence("no pickle", tuple(f"import {name}" for name in ("pickle", "cloudpickle", "dill"))),
    Fence("no hash(): it differs from process to process", ("call hash",)),
)


# --- reading modules ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Module:
    """A source file: its dotted place below simcare, its tree, and what its names stand for."""

    place: str
    is_package: bool
    tree: ast.Module
    aliases: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: str, text: str) -> "Module":
        """Read the module at `path` (below simcare) from its text."""
        parts = list(Path(path).with_suffix("").parts)
        is_package = parts[-1] == "__init__"
        if is_package and len(parts) > 1:
            parts.pop()
        module = cls(".".join(parts), is_package, ast.parse(text))
        for _, whole, name in imports(module):
            module.aliases[name] = whole
        return module


def within(place: str, places: tuple[str, ...]) -> bool:
    """Tell whether `place` is one of `places` or lies in one."""
    return any(place == other or place.startswith(f"{other}.") for other in places)


def home(module: Module, level: int) -> str:
    """Return the package that a relative import of `level` dots starts from."""
    parts = [ROOT] if module.place == "__init__" else [ROOT, *module.place.split(".")]
    up = level - 1 if module.is_package else level
    return ".".join(parts[: len(parts) - up])


def imports(module: Module) -> Iterator[tuple[int, str, str]]:
    """Yield each thing imported: its line, its dotted name, and the name it has in the module."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    yield node.lineno, alias.name, alias.asname
                else:  # `import a.b` binds `a`, and `a.b` to no name of its own
                    top = alias.name.partition(".")[0]
                    yield node.lineno, top, top
                    if alias.name != top:
                        yield node.lineno, alias.name, alias.name
        elif isinstance(node, ast.ImportFrom):
            start = home(module, node.level) if node.level else None
            source = ".".join(part for part in (start, node.module) if part)
            for alias in node.names:
                yield node.lineno, f"{source}.{alias.name}", alias.asname or alias.name


def dotted(module: Module, node: ast.expr) -> str | None:
    """Return what `node` names, through the module's imports: `np.exp` as `numpy.exp`."""
    if isinstance(node, ast.Name):
        return module.aliases.get(node.id)
    if isinstance(node, ast.Attribute):
        start = dotted(module, node.value)
        return start and f"{start}.{node.attr}"
    return None


def how(module: Module, call: ast.Call, name: str) -> str:
    """Return `[read]` or `[write]` for a call of some `open`; what cannot be read off writes."""
    if name != "open":
        return ""
    bare = isinstance(call.func, ast.Name) or dotted(module, call.func) is not None
    at = 1 if bare else 0  # open(path, mode), but path.open(mode)
    if any(isinstance(given, ast.Starred) for given in call.args):
        return "[write]"
    if any(word.arg is None for word in call.keywords):  # **how
        return "[write]"
    modes = [word.value for word in call.keywords if word.arg == "mode"] or call.args[at : at + 1]
    reads = all(
        isinstance(mode, ast.Constant) and mode.value in ("r", "rb", "rt") for mode in modes
    )
    return "[read]" if reads else "[write]"


def steady_power(base: ast.expr, exponent: ast.expr) -> bool:
    """Tell whether a power is exact on any machine: of whole literals, or of a literal 2."""
    negative = isinstance(exponent, ast.UnaryOp) and isinstance(exponent.op, ast.USub)
    whole = exponent.operand if isinstance(exponent, ast.UnaryOp) else exponent
    if not (isinstance(base, ast.Constant) and isinstance(whole, ast.Constant)):
        return False
    return isinstance(whole.value, int) and (
        base.value == 2 or (isinstance(base.value, int) and not negative)
    )


def sightings(module: Module) -> Iterator[tuple[int, str]]:
    """Yield what the fences are about, each with its line.

    `import a.b` for an import, `use a.b` for anything reached through one, `call f` for a call of
    a bare name, `method m` for a call of an attribute, `power` for a power, `word w` for a name.
    """
    for line, whole, _ in imports(module):
        yield line, f"import {whole}"
        yield line, f"use {whole}"
    for node in ast.walk(module.tree):
        match node:
            case ast.Call(func=ast.Name(id=name)):
                yield node.lineno, f"call {name}{how(module, node, name)}"
            case ast.Call(func=ast.Attribute(attr=name)):
                yield node.lineno, f"method {name}{how(module, node, name)}"
            case ast.BinOp(left=base, op=ast.Pow(), right=exponent):
                if not steady_power(base, exponent):
                    yield node.lineno, "power"
            case ast.AugAssign(op=ast.Pow()):
                yield node.lineno, "power"
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word):
                yield node.lineno, f"word {word}"
                if named := dotted(module, node):
                    yield node.lineno, f"use {named}"
            case ast.keyword(arg=str(word)) | ast.Constant(value=str(word)):
                yield node.lineno, f"word {word}"


# --- the rules ---------------------------------------------------------------------------------


def read_all(sources: Mapping[str, str]) -> list[Module]:
    """Read modules from their texts, keyed by their paths below simcare."""
    return [Module.read(path, text) for path, text in sorted(sources.items())]


def target(whole: str, places: set[str]) -> str | None:
    """Return the place in simcare that an imported dotted name leads to, None for other packages.

    The deepest module there is; on its way to a module that is not (yet) there, its first step.
    """
    root, *parts = whole.split(".")
    if root != ROOT:
        return None
    for end in range(len(parts), 0, -1):
        if ".".join(parts[:end]) in places:
            return ".".join(parts[:end])
    known = {place for floor in FLOORS for place in floor}
    return parts[0] if parts and parts[0] in known else "__init__"


def floor_of(place: str) -> int | None:
    """Return the floor of a module, counted from the top."""
    return next((at for at, floor in enumerate(FLOORS) if within(place, floor)), None)


def floor_faults(modules: list[Module]) -> Iterator[str]:
    """Yield each import that does not go down, and each module that lies on no floor."""
    places = {module.place for module in modules}
    for module in modules:
        here = floor_of(module.place)
        if here is None:
            yield f"{module.place}: lies on no floor; give it one in FLOORS"
            continue
        for line, sighting in dict.fromkeys(sightings(module)):
            there = target(sighting.removeprefix("use "), places)
            if there is None or there.partition(".")[0] == module.place.partition(".")[0]:
                continue
            below = floor_of(there)
            if below is None or below <= here:
                yield f"{module.place}:{line}: imports {there}, which is not on a lower floor"


def graph(modules: list[Module]) -> dict[str, set[str]]:
    """Return which modules each module imports; the packages passed on the way do not count."""
    places = {module.place for module in modules}
    return {
        module.place: {
            there
            for _, whole, name in imports(module)
            if (there := target(whole, places)) in places
            and not (name == ROOT and whole == ROOT)  # the `simcare` that `import simcare.x` binds
        }
        for module in modules
    }


def cycle_faults(modules: list[Module]) -> Iterator[str]:
    """Yield the modules that are reached again from what they import."""
    edges = graph(modules)
    for start in edges:
        reached: set[str] = set()
        ahead = set(edges[start])
        while ahead:
            place = ahead.pop()
            reached.add(place)
            ahead |= edges[place] - reached
        if start in reached:
            yield f"{start}: lies on an import cycle, by way of {sorted(edges[start] & reached)}"


def fence_faults(modules: list[Module]) -> Iterator[str]:
    """Yield each sighting in a place that a fence bars."""
    for module in modules:
        fences = [fence for fence in FENCES if fence.bars(module.place)]
        for line, sighting in dict.fromkeys(sightings(module)):
            for fence in fences:
                if within(sighting, fence.sightings):
                    yield f"{module.place}:{line}: {sighting}: {fence.says}"


def faults(sources: Mapping[str, str]) -> list[str]:
    """Return all that is wrong with modules given as texts, keyed by paths below simcare."""
    modules = read_all(sources)
    return [*floor_faults(modules), *cycle_faults(modules), *fence_faults(modules)]


# --- the tests ---------------------------------------------------------------------------------


def test_simcare_keeps_its_floors_and_fences() -> None:
    """Hold that simcare's own source breaks no rule."""
    sources = {
        path.relative_to(SOURCE).as_posix(): path.read_text(encoding="utf-8")
        for path in SOURCE.rglob("*.py")
    }
    assert faults(sources) == []


BROKEN: tuple[tuple[str, str, str], ...] = (
    # floors
    ("model/people.py", "from simcare.kernels import queue", "not on a lower floor"),
    ("kernels/queue.py", "import simcare.model.people", "not on a lower floor"),
    ("engines/fast.py", "from simcare.analysis import means", "not on a lower floor"),
    ("analysis/means.py", "from simcare import engines", "not on a lower floor"),
    ("analysis/means.py", "from .. import engines", "not on a lower floor"),
    ("analysis/__init__.py", "from ..engines import fast", "not on a lower floor"),
    ("config.py", "from . import store", "not on a lower floor"),
    ("store.py", "def f():\n    from simcare.config import load", "not on a lower floor"),
    ("report/plots.py", "from simcare import study", "not on a lower floor"),
    ("study.py", "from simcare.cli import main", "not on a lower floor"),
    ("model.py", "if TYPE_CHECKING:\n    import simcare.study as s", "not on a lower floor"),
    ("cli.py", "import simcare.__main__", "not on a lower floor"),
    ("__init__.py", "from .model import Person", "not on a lower floor"),
    ("model.py", "import simcare\nsimcare.cli.main()", "not on a lower floor"),
    ("helpers.py", "x = 1", "lies on no floor"),
    # imports
    ("engines/fast.py", "import simpy", "only the reference engine imports simpy"),
    ("engines/reference_two.py", "from simpy import Store", "only the reference engine"),
    ("cli.py", "import hydra", "only config imports Hydra"),
    ("study.py", "from omegaconf import OmegaConf", "only config imports Hydra"),
    ("analysis/means.py", "import matplotlib.pyplot as plt", "only report draws"),
    ("cli.py", "from jinja2 import Template", "only report draws"),
    ("analysis/means.py", "from numba import njit", "numba is for kernels and engines"),
    ("model.py", "from llvmlite import ir", "numba is for kernels and engines"),
    ("store.py", "import pickle", "no pickle"),
    ("store.py", "import cloudpickle", "no pickle"),
    ("store.py", "import dill", "no pickle"),
    ("store.py", "from pickle import dumps", "no pickle"),
    ("cli.py", "import importlib as i\ni.import_module('simpy')", "cannot be read here"),
    ("cli.py", "__import__('simpy')", "cannot be read here"),
    # files
    ("report.py", "open('x', 'w')", "only store writes files"),
    ("config.py", "open('x', 'w')", "only store writes files"),
    ("config.py", "open('x', mode)", "only store writes files"),
    ("config.py", "open('x', **how)", "only store writes files"),
    ("config.py", "p.open('a')", "only store writes files"),
    ("config.py", "import gzip\ngzip.open('x', mode='wb')", "only store writes files"),
    ("report.py", "open('x')", "only store and config read files"),
    ("report.py", "p.open()", "only store and config read files"),
    ("report.py", "p.read_text()", "only store and config read files"),
    ("report.py", "p.read_bytes()", "only store and config read files"),
    ("report.py", "Path('x').write_text('y')", "only store writes files"),
    ("report.py", "p.write_bytes(b'')", "only store writes files"),
    ("study.py", "frame.lazy().collect().write_parquet('x')", "only store writes files"),
    ("study.py", "import os\nos.replace('x', 'y')", "only store writes files"),
    ("study.py", "from os import replace as r", "only store writes files"),
    ("study.py", "import os\nos.rename('x', 'y')", "only store writes files"),
    ("study.py", "import shutil\nshutil.copy('x', 'y')", "only store writes files"),
    # printing
    ("study.py", "print('x')", "only cli prints"),
    ("report.py", "from rich.console import Console", "only cli prints"),
    ("report.py", "import rich.console as c\nc.Console()", "only cli prints"),
    ("report.py", "from rich import print", "only cli prints"),
    ("report.py", "import sys\nsys.stdout.write('x')", "only cli prints"),
    # numbers
    ("kernels/draws.py", "import math\nmath.log(x)", "last digits"),
    ("kernels/draws.py", "from math import lgamma", "last digits"),
    ("kernels/draws.py", "import numpy as np\nf = np.exp", "last digits"),
    ("engines/fast.py", "import numpy\nnumpy.power(x, y)", "last digits"),
    ("engines/fast.py", "from numpy import log1p as f", "last digits"),
    ("engines/fast.py", "from scipy import special", "last digits"),
    ("engines/fast.py", "import scipy.stats", "last digits"),
    ("engines/reference.py", "y = x ** 0.5", "last digits"),
    ("engines/reference.py", "y = x ** 2", "last digits"),
    ("engines/reference.py", "y = 10.0 ** 3", "last digits"),
    ("engines/reference.py", "y = 10 ** -3", "last digits"),
    ("engines/reference.py", "x **= y", "last digits"),
    ("engines/reference.py", "pow(x, y)", "last digits"),
    ("kernels/draws.py", "@njit(fastmath=True)\ndef f(): ...", "no fastmath"),
    ("kernels/draws.py", "how = {'fastmath': True}", "no fastmath"),
    # what no module does
    ("cli.py", "eval('1')", "no code from data"),
    ("model.py", "exec('1')", "no code from data"),
    ("config.py", "from hydra.utils import instantiate", "no code from data"),
    ("config.py", "import hydra\nhydra.utils.instantiate(x)", "no code from data"),
    ("config.py", "import hydra.utils\nhydra.utils.instantiate(x)", "no code from data"),
    ("model.py", "hash('x')", "no hash()"),
)


@pytest.mark.parametrize(("path", "text", "says"), BROKEN)
def test_a_broken_rule_is_reported(path: str, text: str, says: str) -> None:
    """Hold that each rule can fail: a module that breaks it is reported."""
    found = faults({path: text})
    assert [fault for fault in found if says in fault], found


KEPT: tuple[tuple[str, str], ...] = (
    ("__init__.py", "__version__ = '0.1.0'"),
    ("__main__.py", "from simcare.cli import main"),
    ("cli.py", "import simcare.config\nfrom . import store\nprint('x')"),
    ("cli.py", "from rich.console import Console\nConsole().print('x')"),
    ("config.py", "import hydra\nfrom simcare.model import Person\nopen('x').read()"),
    ("config/load.py", "from omegaconf import DictConfig\np.read_text()\np.open('rb')"),
    ("store/files.py", "import os\nopen('x', 'w')\nos.replace('x', 'y')\np.read_bytes()"),
    ("store.py", "from simcare import __version__\nfrom simcare.study import Study"),
    ("report.py", "import matplotlib\nfrom simcare.analysis import means"),
    ("study.py", "from . import analysis, engines, kernels, model"),
    ("analysis/means.py", "import math\nimport scipy.stats\nmath.log(x) ** 2.5"),
    ("engines/reference.py", "import simpy\nfrom simcare.model import a\nfrom ..kernels import b"),
    ("engines/fast.py", "import numba\nfrom . import reference\nfrom simcare.engines import x"),
    ("kernels/compile.py", "import numba as nb\n@nb.njit\ndef f(x): ..."),
    ("kernels/draws.py", "import math\nimport numpy as np\nmath.sqrt(x)\nnp.sqrt(x)\nnp.floor(x)"),
    (
        "kernels/draws.py",
        "a = 2 ** 53\nb = 2.0 ** -53\nc = 10 ** 6\nlog = x.exp\nt.replace('a', 'b')",
    ),
    ("model.py", '"""Says print(x), eval, hash and no fastmath."""\nprint_it = self.hash'),
)


@pytest.mark.parametrize(("path", "text"), KEPT)
def test_a_kept_rule_is_not_reported(path: str, text: str) -> None:
    """Hold that what is allowed is let through."""
    assert faults({path: text}) == []


@pytest.mark.parametrize(
    ("sources", "places"),
    [
        ({"a.py": "from simcare import b", "b.py": "from simcare import a"}, {"a", "b"}),
        ({"a.py": "from . import b", "b.py": "from .c import x", "c.py": "import simcare.a"}, None),
        ({"p/__init__.py": "from .m import x", "p/m.py": "from simcare.p import y"}, {"p", "p.m"}),
        ({"p/m.py": "from . import n", "p/n.py": "def f():\n    from .m import x"}, None),
    ],
)
def test_an_import_cycle_is_reported(sources: dict[str, str], places: set[str] | None) -> None:
    """Hold that each module on a cycle is reported."""
    found = {fault.partition(":")[0] for fault in cycle_faults(read_all(sources))}
    expected = {path.removesuffix(".py").replace("/", ".") for path in sources}
    assert found == (places or expected)


@pytest.mark.parametrize(
    "sources",
    [
        {},
        {"a.py": "from simcare import b", "b.py": "import simcare"},
        {"p/__init__.py": "from .m import x", "p/m.py": "from . import n", "p/n.py": ""},
        {"__init__.py": "", "a.py": "import simcare.b", "b.py": "from simcare import __version__"},
    ],
)
def test_what_is_no_cycle_is_not_reported(sources: dict[str, str]) -> None:
    """Hold that a package and its modules make no cycle by lying in one another."""
    assert list(cycle_faults(read_all(sources))) == []
