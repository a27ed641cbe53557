"""A folder of policies: read whole, looked at again and again, and never worse for a mistake in it.

What cannot be used keeps its last good version in force and says so. That holds for a file with mistakes, for one that
takes the name of another, for groups that go round in a circle, and for a group whose file is gone while somebody
still names it: watching never ends by accident.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from vmi_console.errors import QueryError
from vmi_console.plain_text import visible
from vmi_console.policy.documents import Document, document, unreadable
from vmi_console.policy.groups import Groups, references
from vmi_console.policy.policies import Baseline, Group, Policy, PolicySet, Problem
from vmi_console.policy.reading import Unreadable, read_file

SUFFIXES = (".yaml", ".yml")
MOST_FILES = 2_000
MOST_ENTRIES = 20_000
"""Names of any kind that are looked at: the folder may be somebody's whole disk."""
DEEPEST_FOLDER = 5
POLL_SECONDS = 1.0
"""How often `PolicyFolder.refresh` is worth calling."""


def is_inside(name: str) -> bool:
    """Whether a name is that of a policy file in a folder or below it, and leads nowhere else."""
    path = Path(name)
    leads_elsewhere = path.is_absolute() or ".." in path.parts or "\0" in name or "\\" in name
    hidden = any(part.startswith(".") for part in path.parts)
    return not leads_elsewhere and not hidden and path.suffix.lower() in SUFFIXES


class _Signature(NamedTuple):
    """What changes when a file does."""

    modified_ns: int
    changed_ns: int
    size: int
    inode: int


class PolicyFolder:
    """The policies below one folder, in force in their last good versions.

    `refresh` looks for changes; it costs a look at the folder and reads only what changed. It blocks while it does
    (a folder at its bounds: seconds), so that an event loop calls it on a thread; it is not for two threads at once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: dict[str, _Signature] = {}
        self._read: dict[str, Document] = {}
        self._good: dict[str, Document] = {}
        self._policies: PolicySet | None = None
        self._told: tuple[tuple[Problem, ...], bool] = ((), False)  # of the folder itself

    @property
    def policies(self) -> PolicySet:
        """What is in force."""
        if self._policies is None:
            self.refresh()
        assert self._policies is not None
        return self._policies

    @property
    def documents(self) -> tuple[Document, ...]:
        """Every file as it was read last, good or not, in the order of names."""
        return tuple(self._read[file] for file in sorted(self._read))

    @property
    def digests(self) -> dict[str, str]:
        """The SHA-256 (hex) of each file's text, by its name relative to the folder."""
        return {file: one.digest for file, one in self._read.items()}

    def refresh(self) -> PolicySet | None:
        """Looks for changes; gives the policies that are in force now, or None where nothing is another."""
        found, problems = self._found()
        away = found is None
        moved = False if found is None else self._read_again(found)
        before = self._policies
        if before is not None and not moved and self._told == (problems, away):
            return None
        self._told = (problems, away)
        self._policies, self._good = settled(self._read, self._good, problems, away=away)
        return None if before is not None and _alike(before, self._policies) else self._policies

    def _read_again(self, found: dict[str, _Signature]) -> bool:
        """Reads what changed, and what could not be read the last time; says whether anything is another."""
        moved = False
        for file, signature in found.items():
            if self._seen.get(file) != signature:
                one = self._document(file)
                moved |= one != self._read.get(file)
                self._read[file] = one
        for file in self._read.keys() - found.keys():
            del self._read[file]
            moved = True
        self._seen = {file: signature for file, signature in found.items() if self._read[file].was_read}
        return moved

    def _document(self, file: str) -> Document:
        try:
            return document(read_file(self.path / file, file), file)
        except Unreadable as error:
            return unreadable(error.problem)

    def _found(self) -> tuple[dict[str, _Signature] | None, tuple[Problem, ...]]:
        """The signature of each policy file, and what is wrong with the folder.

        None in place of signatures where it cannot be read as a whole (a share that is away, a checkout under way),
        which leaves everything as it was.
        """
        found: dict[str, _Signature] = {}
        problems: list[Problem] = []
        try:
            for file, status in _files(self.path):
                if not _is_text(file):
                    problems.append(self._problem(f"the name of {visible(file)} is not UTF-8", "give it another name"))
                    continue
                found[file] = _Signature(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)
        except _TooManyError as error:
            problem = self._problem(f"it has more than {error}", "choose a folder that holds policies only")
        except FileNotFoundError:
            problem = self._problem("it is not there", "make it, or choose another folder")
        except OSError as error:
            problem = self._problem(f"it cannot be read: {error.strerror}", "check its permissions")
        else:
            return found, tuple(problems)
        return None, (problem,)

    def _problem(self, message: str, advice: str) -> Problem:
        return Problem(file=visible(str(self.path)), message=message, advice=advice)


def _alike(one: PolicySet, other: PolicySet) -> bool:
    """Whether two sets say the same, word for word: Python takes 1 for True."""
    return one == other and [each.content for each in one.policies] == [each.content for each in other.policies]


def _is_text(name: str) -> bool:
    """Whether a file's name can be told to others: what is no UTF-8 holds halves of characters."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


class _TooManyError(Exception):
    """More entries than are looked at."""


def _files(root: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Name and status of each policy file below a folder, by name. Links are listed, and not followed."""
    entries, files = 0, 0
    waiting = [(root, "", 0)]
    while waiting:
        folder, prefix, depth = waiting.pop()
        with os.scandir(folder) as listing:
            for entry in sorted(listing, key=lambda each: each.name):
                entries += 1
                if entries > MOST_ENTRIES:
                    raise _TooManyError(f"{MOST_ENTRIES:,} entries")
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if depth < DEEPEST_FOLDER:
                        waiting.append((folder / entry.name, f"{prefix}{entry.name}/", depth + 1))
                elif entry.name.lower().endswith(SUFFIXES):
                    files += 1
                    if files > MOST_FILES:
                        raise _TooManyError(f"{MOST_FILES:,} policy files")
                    try:
                        yield prefix + entry.name, entry.stat(follow_symlinks=False)
                    except FileNotFoundError:  # it went away meanwhile
                        continue


# --- what is in force ---------------------------------------------------------------------------------------------


def settled(
    read: Mapping[str, Document], good: Mapping[str, Document], problems: Iterable[Problem] = (), *, away: bool = False
) -> tuple[PolicySet, dict[str, Document]]:
    """The policies in force, given every file as it is now and the last good version of each; and those versions now.

    `problems` are told beside those of the documents. While the folder is `away`, all of them are stale.
    """
    chosen: dict[str, Document] = {}
    told = [*problems]
    stale: set[str] = set()
    for file, one in read.items():
        told.extend(one.problems)
        if one.said is not None:
            chosen[file] = one
        elif file in good:
            chosen[file] = good[file]
            stale.add(file)
    usable = dict(good)
    while conflicts := _namesakes(chosen, usable) or _unresolved(chosen, usable):
        # First what brings a group back, then what is new is taken back: by either, the others may come right.
        back = [each for each in conflicts if each.instead is not None]
        for conflict in back or conflicts:
            told.append(conflict.problem)
            if conflict.instead is not None:
                chosen[conflict.instead.file] = conflict.instead
                stale.add(conflict.instead.file)
            else:
                del chosen[conflict.file]
                usable.pop(conflict.file, None)
    return _policy_set(chosen, told, chosen.keys() if away else stale), chosen


class _Conflict(NamedTuple):
    """Why a document cannot be used among the others, and the older version, of it or of a group, to use instead."""

    file: str
    problem: Problem
    instead: Document | None


def _namesakes(chosen: Mapping[str, Document], good: Mapping[str, Document]) -> list[_Conflict]:
    """Documents with the name of another. What was in force before has the better claim to it."""
    names: dict[tuple[type, str], str] = {}
    conflicts = []
    for file in sorted(chosen, key=lambda file: (good.get(file) is not chosen[file], file)):
        one = chosen[file]
        assert one.said is not None
        other = names.setdefault((type(one.said), one.said.name), file)
        if other != file:
            what = f"{type(one.said).__name__.lower()} “{visible(one.said.name, 60)}”"
            problem = one.in_name(
                f"there is a {what} in {visible(other)} already", "give it another name, or remove one of the files"
            )
            conflicts.append(_Conflict(file, problem, _older(one, good)))
    return conflicts


def _unresolved(chosen: Mapping[str, Document], good: Mapping[str, Document]) -> list[_Conflict]:
    """Documents whose members cannot be told with the groups there are."""
    groups = Groups(one.said for one in chosen.values() if isinstance(one.said, Group))
    conflicts = []
    for file, one in chosen.items():
        assert one.said is not None
        try:
            if isinstance(one.said, Group):
                groups.named(one.said.name)
            else:
                groups.membership(one.said.members)
        except QueryError as error:
            older = _older(one, good)
            if older is None and (withdrawn := _withdrawn(one, groups, good)) is not None:
                conflicts.append(_Conflict(file, _still_named(withdrawn), withdrawn))
            else:
                conflicts.append(_Conflict(file, one.in_members(error), older))
    return conflicts


def _older(one: Document, good: Mapping[str, Document]) -> Document | None:
    """The last good version of a file, where that is another."""
    older = good.get(one.file)
    return None if older is one else older


def _still_named(group: Document) -> Problem:
    """That a group is gone which somebody still names."""
    assert group.said is not None
    return Problem(
        file=group.file,
        message=f"the group “{visible(group.said.name, 60)}” is gone but still named, so it stays in force",
        advice="put it back, or remove its name from the policies and groups that name it",
    )


def _withdrawn(one: Document, groups: Groups, good: Mapping[str, Document]) -> Document | None:
    """The last good version of a group that this document names and that is there no more."""
    assert one.said is not None
    members = one.said if isinstance(one.said, Group) else one.said.members
    missing = set(references(members.members)) - set(groups.names()) if members.members else set()
    return next((each for each in good.values() if isinstance(each.said, Group) and each.said.name in missing), None)


def _policy_set(chosen: Mapping[str, Document], told: Iterable[Problem], stale: Iterable[str]) -> PolicySet:
    said = [chosen[file].said for file in sorted(chosen)]
    return PolicySet(
        policies=tuple(one for one in said if isinstance(one, Policy)),
        groups=tuple(one for one in said if isinstance(one, Group)),
        baselines=tuple(one for one in said if isinstance(one, Baseline)),
        problems=tuple(sorted(set(told), key=lambda each: (each.file, each.line, each.column, each.message))),
        stale=tuple(sorted(stale)),
    )
