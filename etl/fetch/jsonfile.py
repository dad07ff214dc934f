"""JSON: a list of objects, or objects inside an object; also one object per line."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from etl.city.connectors import JsonConnector
from etl.city.fileformats import JsonFormat
from etl.errors import SchemaDrift, SourceUnreadable
from etl.fetch.connector import Fetched, Request, column_names, local_files, numbered
from etl.fetch.unpack import plain_bytes


class JsonFile:
    """`kind = "json"`."""

    kind = "json"

    def fetch(self, declared: JsonConnector, request: Request) -> Fetched:
        """The files that the path means."""
        return local_files(declared.path, request.city_folder)

    def read(self, declared: JsonFormat, files: Sequence[Path], scratch: Path) -> pl.LazyFrame:
        """The records of every file; objects inside a record become columns named with dots."""
        return numbered([records_table(_records(file, declared)).lazy() for file in files])


def _records(file: Path, declared: JsonFormat) -> list[dict[str, Any]]:
    content = plain_bytes(file)
    if not content.strip():
        raise SourceUnreadable(f"{file.name} is empty.", "Ask the agency to send it again; the last release stays up.")
    found = _inside(_parsed(file.name, content), file.name, declared.records)
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        where = f"{declared.records!r} in {file.name}" if declared.records else file.name
        raise SchemaDrift(
            f"{where} is no list of objects.", "Name the key that holds the list as `records` in [connector]."
        )
    return found


def _parsed(name: str, content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        pass
    try:
        return [orjson.loads(line) for line in content.splitlines() if line.strip()]
    except orjson.JSONDecodeError:
        raise SourceUnreadable(
            f"{name} is not JSON, or is cut off.", "Fetch it again; the last release stays up."
        ) from None


def _inside(value: Any, name: str, path: str | None) -> Any:
    for key in path.split(".") if path else ():
        if not isinstance(value, dict) or key not in value:
            raise SchemaDrift(
                f"{name} has no key {path!r}.", "Name the key that holds the list as `records` in [connector]."
            )
        value = value[key]
    return value


def records_table(records: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> pl.DataFrame:
    """Records as columns of text: objects inside one become names with dots, lists JSON.

    A point as GeoJSON writes it also gives `<name>.lng` and `<name>.lat`. `columns` are there even if no record has
    them, and come first.
    """
    rows = [dict(_flat(record, "")) for record in records]
    names = list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
    values = [pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in names]
    return pl.DataFrame(dict(zip(column_names(names), values, strict=True)))


def _flat(record: Mapping[str, Any], prefix: str) -> Iterable[tuple[str, str | None]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
            yield from _lng_lat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", _text(value)


def _lng_lat(value: dict[str, Any], prefix: str) -> Iterable[tuple[str, str | None]]:
    place = value.get("coordinates")
    if value.get("type") == "Point" and isinstance(place, list) and len(place) >= 2:
        yield from ((f"{prefix}lng", _text(place[0])), (f"{prefix}lat", _text(place[1])))


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()
