"""From the form of a new source to its declaration: the text, the check of the whole city with it, the file."""

import os
import secrets
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from etl.city import City, load_city
from etl.city.load import SOURCES_FOLDER
from etl.errors import DeclarationError, StorageFailed
from layers.topics import topic

BASE = ("topic", "title", "publisher", "license", "url", "cadence", "cron")
COLUMN, MORE = "column.", "more"
COUNTS = "source"
"""The regime of a feed whose rows are counts by area; its columns are named in [counted]."""


def toml_of(connector: Any, said: Mapping[str, str]) -> str:
    """The declaration as text. Raises DeclarationError where a day or the further text is wrong."""
    document = tomlkit.document()
    for name in BASE:
        if said.get(name, "").strip():
            document[name] = said[name].strip()
    if said.get("regime") == COUNTS:
        document["regime"] = COUNTS
    document["covers"] = _inline({"from": _day(said.get("from", ""))})
    if said.get("publish") == "no":
        document["publish"] = False
    told = connector.model_dump(mode="python", exclude_unset=True)
    document["connector"] = {name: value for name, value in _plain(told).items() if value is not None}
    fields = _fields(said)
    if fields:
        document["fields"] = tomlkit.table()
        for name, table in fields.items():
            document["fields"][name] = _inline(table)
    formats = [line.strip() for line in said.get("formats", "").splitlines() if line.strip()]
    if formats:
        document["dates"] = {"formats": formats}
    if said.get("crs", "").strip():
        document["location"] = {"crs": said["crs"].strip()}
    text = tomlkit.dumps(document)
    more = said.get(MORE, "").replace("\r\n", "\n").strip()
    return f"{text}\n{more}\n" if more else text


def check(city_folder: Path, name: str, text: str) -> City:
    """The city with the new source, every declaration checked. Raises DeclarationError; nothing is written."""
    _require_new(city_folder, name)
    try:
        tomlkit.parse(text)
    except TOMLKitError:
        raise _wrong(f"{name}.toml", "is no valid TOML.", "Look at the further declarations.") from None
    return load_city(city_folder, check_files=False, instead={f"{SOURCES_FOLDER}/{name}.toml": text})


def write(city_folder: Path, name: str, text: str) -> Path:
    """Write the file after one more check; whole or not at all, and never over another. Raises DeclarationError."""
    check(city_folder, name, text)
    path = city_folder / SOURCES_FOLDER / f"{name}.toml"
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        part.write_text(text, "utf-8")
        os.link(part, path)
    except FileExistsError:
        raise _taken(name) from None
    except OSError as error:
        raise StorageFailed(f"The declaration cannot be written ({error.strerror}).") from error
    finally:
        part.unlink(missing_ok=True)
    return path


def _require_new(city_folder: Path, name: str) -> None:
    if not name or not name[0].isalpha() or not name.replace("_", "").isalnum() or name != name.lower():
        raise _wrong("id", "is no id of a source.", "Use lower case letters, digits and underscores.")
    if (city_folder / SOURCES_FOLDER / f"{name}.toml").exists():
        raise _taken(name)


def _fields(said: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    about = topic(said["topic"])
    found: dict[str, dict[str, Any]] = {}
    for key, column in said.items():
        if key.startswith(COLUMN) and column.strip():
            name = key.removeprefix(COLUMN)
            known = about.field(name)
            found[name] = {"column": column.strip(), "meaning": known.meaning if known else f"The {name}"}
    return found


def _inline(told: Mapping[str, Any]) -> Any:
    table = tomlkit.inline_table()
    table.update(dict(told))
    return table


def _plain(value: Any) -> Any:
    """Tuples as lists, without what is not said."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if each is not None}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise _wrong("covers.from", "is no day.", "Say from which day on the feed speaks.") from None


def _taken(name: str) -> DeclarationError:
    return _wrong("id", f"there is a source {name} already.", "Choose another id; nothing is ever overwritten.")


def _wrong(key: str, what: str, remedy: str) -> DeclarationError:
    return DeclarationError.of("form", key, what, remedy)
