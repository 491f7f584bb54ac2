"""Pages as trees: what a reader of the report finds in it, read by a parser and not by patterns."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "hr", "input"}


@dataclass(eq=False)
class Node:
    """An element with its attributes, its texts and elements in order, and what it stands in."""

    tag: str
    attributes: dict[str, str]
    parent: "Node | None" = None
    inside: list["Node | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return all text in here, blanks and line ends as one blank."""
        return " ".join(" ".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for part in self.inside:
            if isinstance(part, str):
                yield part
            else:
                yield from part._texts()

    def all(self, *tags: str) -> list["Node"]:
        """Return every element in here, in the order of the page, or those with such a tag."""
        found = []
        for part in self.inside:
            if isinstance(part, Node):
                found += [part] if not tags or part.tag in tags else []
                found += part.all(*tags)
        return found

    def one(self, tag: str) -> "Node":
        """Return the only element of a tag in here."""
        (found,) = self.all(tag)
        return found

    def by_id(self, name: str) -> "Node":
        """Return the only element of a name in here."""
        (found,) = (node for node in self.all() if node.attributes.get("id") == name)
        return found

    def within(self, tag: str) -> bool:
        """Return whether this stands in an element of a tag."""
        node = self.parent
        while node is not None and node.tag != tag:
            node = node.parent
        return node is not None

    def cells(self) -> list[list[str]]:
        """Return the rows of a table, the header first."""
        return [[cell.text for cell in row.all("th", "td")] for row in self.all("tr")]


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self.here = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute is there twice in <{tag}>: {names}"
        node = Node(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.inside.append(node)
        if tag not in VOID:
            self.here = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.here = self.here if tag in VOID else self.here.parent or self.root

    def handle_endtag(self, tag: str) -> None:
        assert self.here.tag == tag, f"</{tag}> ends <{self.here.tag}>"
        self.here = self.here.parent or self.root

    def handle_data(self, data: str) -> None:
        self.here.inside.append(data)


def read(page: bytes) -> Node:
    """Return a page as a tree; fail if an element is not closed, or closed where it is not open."""
    parser = _Parser()
    parser.feed(page.decode("utf-8"))
    parser.close()
    assert parser.here is parser.root, f"<{parser.here.tag}> is not closed"
    return parser.root
