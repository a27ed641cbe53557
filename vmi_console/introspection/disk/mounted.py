"""The file systems of a guest put together as it mounts them: `files.Files` over nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from vmi_console.introspection.disk.file_systems import FileSystem, Node
from vmi_console.introspection.disk.files import LARGEST_READ, Absent, Entry, Kind, Unreadable

MOST_LINKS = 40
"""Followed for one path, as Linux does."""

MOST_REMEMBERED = 20_000
"""Paths of folders whose nodes are kept."""


class Mounted:
    """Files from one root on. What parsers raise becomes `Unreadable`: their errors are those of what was written."""

    def __init__(self, root: FileSystem, node: Node | None = None) -> None:
        self._root = node if node is not None else root.root
        self._folds_case = root.folds_case
        self._mounts: dict[str, Node] = {}
        self._file_systems = [root]
        self._problems: list[str] = []
        self._nodes: dict[str, Node] = {}
        self._links: dict[str, str] = {}

    def mount(self, path: str, file_system: FileSystem, node: Node | None = None) -> None:
        """From now on `path` is the root of another file system (or one node of it)."""
        self._mounts["/" + path.strip("/")] = node if node is not None else file_system.root
        if file_system not in self._file_systems:
            self._file_systems.append(file_system)
        self._nodes.clear()

    def complain(self, problem: str) -> None:
        """Notes what should be there and is not."""
        self._problems.append(problem)

    @property
    def kind(self) -> str:
        """Of the root's file system."""
        return self._file_systems[0].kind

    @property
    def doubts(self) -> tuple[str, ...]:
        own = (f"{each.kind} {each.label}".strip() + f": {each.doubt}" for each in self._file_systems if each.doubt)
        return (*dict.fromkeys(own), *self._problems)

    # --- files.Files --------------------------------------------------------------------------------------------------

    def read(self, path: str, limit: int = LARGEST_READ) -> bytes:
        node = self._node(path)
        size = _guarded(path, lambda: node.size)
        if size > limit:
            raise Unreadable(f"{path} is {size:,} bytes long, which is more than is read of such a file")
        with self.open(path) as file:
            content = _guarded(path, lambda: file.read(size))
        if len(content) != size:
            raise Unreadable(f"{path} is shorter than it says")
        return content

    def open(self, path: str) -> BinaryIO:
        node = self._node(path)
        if node.kind is not Kind.FILE:
            raise Unreadable(f"{path} is a {node.kind}, not a file")
        return _guarded(path, node.open)

    def entries(self, path: str) -> Iterator[Entry]:
        folder = self._node(path)
        if folder.kind is not Kind.FOLDER:
            raise Unreadable(f"{path} is a {folder.kind}, not a folder")
        children = _guarded(path, lambda: list(folder.children()))
        return (_entry(f"{path}/{child.name}", child) for child in children)

    def entry(self, path: str, follow: bool = True) -> Entry:
        return _entry(path, self._node(path, follow))

    def target(self, path: str) -> str:
        node = self._node(path, follow=False)
        if node.kind is not Kind.LINK:
            raise Unreadable(f"{path} is a {node.kind}, not a link")
        return _guarded(path, node.link)

    # --- paths --------------------------------------------------------------------------------------------------------

    def _node(self, path: str, follow: bool = True) -> Node:
        """The node at a path, from the guest's root on. Raises `Absent` or `Unreadable`."""
        waiting = [part for part in path.split("/") if part][::-1]
        here: list[str] = []  # names from the root to the folder that is looked in
        links = 0
        node = self._at("/", None, "")
        while waiting:
            name = waiting.pop()
            if name == ".":
                continue
            if name == "..":
                here = here[:-1]
                node = self._step(here)
                continue
            if node.kind is not Kind.FOLDER:
                raise Absent(path)
            place = "/" + "/".join([*here, name])
            node = self._at(place, node, name)
            if node.kind is Kind.LINK and (follow or waiting):
                links += 1
                if links > MOST_LINKS:
                    raise Unreadable(f"{path} leads through more than {MOST_LINKS} links")
                target = self._link(place, node)
                waiting += [part for part in target.split("/") if part][::-1]
                if target.startswith("/"):
                    here = []
                node = self._step(here)
                continue
            here.append(name)
        return node

    def _step(self, here: list[str]) -> Node:
        """The folder of these names, none of which is a link."""
        node = self._at("/", None, "")
        for depth, name in enumerate(here):
            node = self._at("/" + "/".join(here[: depth + 1]), node, name)
        return node

    def _at(self, place: str, folder: Node | None, name: str) -> Node:
        """The node `name` in `folder`, which is at `place`. Folders are kept, and mounts come first."""
        key = place.casefold() if self._folds_case else place
        if (node := self._mounts.get(key)) is not None:
            return node
        if folder is None:
            return self._root
        if (node := self._nodes.get(key)) is not None:
            return node
        child = _guarded(place, lambda: folder.child(name))
        if child is None:
            raise Absent(place)
        if child.kind is not Kind.FILE:
            if len(self._nodes) >= MOST_REMEMBERED:
                self._nodes.clear()
            self._nodes[key] = child
        return child

    def _link(self, place: str, node: Node) -> str:
        if place not in self._links:
            self._links[place] = _guarded(place, node.link)
        return self._links[place]


def _entry(path: str, node: Node) -> Entry:
    return _guarded(path, lambda: Entry(node.name, node.kind, node.size, node.changed_ns, node.mode))


def _guarded[T](path: str, read: Callable[[], T]) -> T:
    """What a parser gives, or `Unreadable`, whatever it raises."""
    try:
        return read()
    except (Absent, Unreadable):
        raise
    except Exception as error:
        early = "the disk ends before it" if isinstance(error, EOFError) else type(error).__name__
        raise Unreadable(f"{path} cannot be read: {str(error) or early}") from error
