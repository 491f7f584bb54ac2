"""Where the numbers of a config are from, and which parts of it nobody has said that of."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from simcare.config.patch import ROOTS, Case, Patch, Policy

SOURCES = "sources"
NAMED_PARTS = 3  # service.stages.detox: so deep at the least is a part that is named by itself


def sources_of(
    config: Mapping[str, Any], cases: Mapping[str, Case], policies: Mapping[str, Policy]
) -> dict[str, str]:
    """Return where the numbers of cases and policies are from, by path and by who has them.

    With them come the parts of the service, of the population and of the policies whose numbers
    have no source: with an empty text. A case is an assumption in itself and needs none.
    """
    patches: list[tuple[str, Patch]] = [(f"the policy {n}", p) for n, p in policies.items()]
    given = {
        f"{path} ({who})": text
        for who, patch in (*patches, *((f"the case {n}", c) for n, c in cases.items()))
        for path, text in patch.sources.items()
    }
    bare = [path for root in ROOTS for path in _bare_in(root, config.get(root))]
    bare += [f"{path} ({who})" for who, patch in patches for path in _bare_of(patch)]
    return {**dict.fromkeys(bare, ""), **given}


def _bare_in(root: str, part: Any) -> Iterator[str]:
    """Yield the parts of a service or a population without a source, by their paths."""
    if isinstance(part, Mapping):
        given = part.get(SOURCES)
        sources = [f"{root}.{path}" for path in given] if isinstance(given, Mapping) else []
        content = {key: value for key, value in part.items() if key != SOURCES}
        yield from _bare(content, root, sources, NAMED_PARTS)


def _bare_of(patch: Patch) -> Iterator[str]:
    """Yield what a patch says without a source, by its paths."""
    for path, value in {**patch.add, **patch.set}.items():
        yield from _bare(value, path, patch.sources, 1)
    for path in patch.change:
        if not _within(path, patch.sources):
            yield path


def _bare(value: Any, path: str, sources: Collection[str], depth: int) -> Iterator[str]:
    """Yield the outermost parts with numbers that no source is given for, nor for any part of them.

    A path of fewer names than ``depth`` is no part by itself.
    """
    if _within(path, sources) or not _has_numbers(value):
        return
    inside = any(source.startswith(f"{path}.") for source in sources)
    if isinstance(value, Mapping) and (inside or path.count(".") + 1 < depth):
        for key, inner in value.items():
            yield from _bare(inner, f"{path}.{key}", sources, depth)
    else:
        yield path


def _within(path: str, sources: Collection[str]) -> bool:
    """Return whether there is a source for a path, or for something that it is in."""
    return any(path == source or path.startswith(f"{source}.") for source in sources)


def _has_numbers(value: Any) -> bool:
    """Return whether there are numbers in a part of a config."""
    if isinstance(value, Mapping):
        return any(map(_has_numbers, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_has_numbers, value))
    return isinstance(value, int | float) and not isinstance(value, bool)
