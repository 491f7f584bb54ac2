"""The folder of a test is its kind and gives it its mark; every test says what it holds."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
KINDS = (
    "unit",
    "verification",
    "end_to_end",
    "architecture",
    "statistical",
    "regression",
    "docs",
    "properties",
    "equality",
    "long",
)


def kind_of(path: Path) -> str | None:
    """Return the kind of the test file at `path`, or None if it lies in no folder of tests."""
    if not path.is_relative_to(TESTS):
        return None
    top, *rest = path.relative_to(TESTS).parts
    return top if rest and top in KINDS else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with its kind; refuse those of no kind and those without a docstring."""
    faults: dict[str, None] = {}  # in order, each once
    for item in items:
        kind = kind_of(item.path)
        if kind is None:
            faults[f"{item.nodeid}: a test lies in one of tests/{{{','.join(KINDS)}}}"] = None
            continue
        item.add_marker(kind)
        if isinstance(item, pytest.Function) and not (item.function.__doc__ or "").strip():
            faults[f"{item.nodeid.partition('[')[0]}: a test has a docstring: what it holds"] = None
    if faults:
        raise pytest.UsageError(*faults)
