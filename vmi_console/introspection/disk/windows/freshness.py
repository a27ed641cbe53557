"""A guest's fingerprint: it moves with what `look` reads, and costs a few blocks to take.

The times of hives tell little: Windows writes them in place, and their changes come to the logs long before. So the
heads of hives and the last numbers in their logs are taken as well. Users are looked for where their folders usually
are: finding them in the registry would cost as much as a look.
"""

from __future__ import annotations

from vmi_console.introspection.disk.files import Absent, Files, Kind, Unreadable
from vmi_console.introspection.disk.fingerprints import MOST_NAMES, Fingerprint
from vmi_console.introspection.disk.reading import Reading
from vmi_console.introspection.disk.windows import autostart, registry, tasks
from vmi_console.introspection.disk.windows.transactions import SECTOR, last_sequence

_USERS = "/Users"
_HIVES = (registry.SYSTEM, registry.SOFTWARE, registry.SAM)


def fingerprint(files: Files) -> str:
    """A digest of names, sizes, times and sequence numbers. Raises nothing; what cannot be read is part of it."""
    reading = Reading(files)
    taken = Fingerprint(reading)
    taken.add_folder(_USERS)
    homes = [f"{_USERS}/{entry.name}" for entry in reading.any_folder(_USERS)[:MOST_NAMES] if entry.kind is Kind.FOLDER]
    for hive in (*_HIVES, *(f"{home}/{name}" for home in homes for name in registry.HIVES_OF_USERS)):
        taken.add(hive)
        taken.add_note(hive, _written(reading, hive))
    for folder in (autostart.ALL_USERS, *map(autostart.startup, homes)):
        taken.add_folder(folder)
    taken.add_folder(tasks.FOLDER, depth=tasks.DEEPEST)
    return taken.digest()


def _written(reading: Reading, hive: str) -> str:
    """How far a hive and its logs are written."""
    told = []
    for suffix in ("", *registry.LOGS):
        try:
            file = reading.open(hive + suffix)
            told.append(str(last_sequence(file)) if suffix else file.read(SECTOR).hex())
        except (Absent, Unreadable) as error:
            told.append(type(error).__name__)
        except Exception as error:  # what a library raises as it reads a damaged disk
            told.append(type(error).__name__)
    return " ".join(told)
