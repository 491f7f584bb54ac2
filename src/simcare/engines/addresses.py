"""Names as they stand in addresses of chance, and rows as arrays."""

from collections.abc import Iterable

from simcare.kernels.draws import name_id


def words(names: Iterable[str], what: str) -> dict[str, int]:
    """Return the 32-bit word of each name; raise ValueError if two names share one, or it is 0.

    The word 0 is kept for draws that belong to no stage.
    """
    found: dict[int, str] = {0: "(no name)"}
    for name in names:
        word = name_id(name)
        if word in found and found[word] != name:
            raise ValueError(f"the {what} {name} and {found[word]} share an address: rename one")
        found[word] = name
    return {name: word for word, name in found.items() if word}
