"""Whose private folder it is: two cities, or one under two names, must never count or measure into each other's."""

import json
from pathlib import Path

from etl.city import City
from etl.errors import DeclarationError, StorageFailed
from etl.folders import Folders, write_once

NOTE = "city.json"
"""In the private folder: the id of its city, and where the city's folder lay at first."""
_FILE, _KEY = "city.toml", "city.id"


def refuse_another_city(folders: Folders, city: City, *, by_default: bool) -> None:
    """Note whose folder it is when it is first used. Raises DeclarationError where it is another city's, or where,
    `by_default` of --var, this city has one under another id: everything would be measured a second time."""
    own = folders.private / NOTE
    if own.exists():
        known = _read(own)["id"]
        if known != city.settings.id:
            what = f"is `{city.settings.id}`, but what --var names is kept for the city `{known}`."
            raise DeclarationError.of(_FILE, _KEY, what, "Write the id as it was (only `name` may change), or name "
                                      "a folder of its own with --var.")  # fmt: skip
        return
    if by_default:
        _refuse_second_name(folders, city)
    told = {"id": city.settings.id, "folder": str(city.folder.resolve())}
    try:
        write_once(own, json.dumps(told).encode())
    except OSError as error:
        raise StorageFailed(f"The private folder cannot be written ({error.strerror}).") from error


def _refuse_second_name(folders: Folders, city: City) -> None:
    if (folders.private / "keys").exists():
        return  # in use since before such notes were made
    for other in sorted(folders.root.parent.glob(f"*/private/{NOTE}")):
        known = _read(other)
        if known["folder"] == str(city.folder.resolve()) and known["id"] != city.settings.id:
            what = f"is `{city.settings.id}`, but this city's private folder is kept under the id `{known['id']}`."
            raise DeclarationError.of(_FILE, _KEY, what, "Write the id as it was (only `name` may change): under "
                                      "another one everything would be measured a second time.")  # fmt: skip


def _read(path: Path) -> dict[str, str]:
    try:
        known = json.loads(path.read_bytes())
        return {"id": str(known["id"]), "folder": str(known["folder"])}
    except (OSError, ValueError, KeyError, TypeError):
        raise StorageFailed(f"The note {NOTE} of a private folder is damaged.", "Put it back from a copy.") from None
