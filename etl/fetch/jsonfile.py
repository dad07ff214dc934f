"""JSON: a list of objects, or objects inside an object; also one object per line."""

from collections.abc import Iterable, Sequence
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
        return numbered([_table(_records(file, declared)).lazy() for file in files])


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


def _table(records: list[dict[str, Any]]) -> pl.DataFrame:
    flat = [dict(_flat(record)) for record in records]
    names = list(dict.fromkeys(name for record in flat for name in record))
    columns = {name: pl.Series([record.get(name) for record in flat], dtype=pl.String) for name in names}
    return pl.DataFrame(dict(zip(column_names(names), columns.values(), strict=True)))


def _flat(record: dict[str, Any], prefix: str = "") -> Iterable[tuple[str, str | None]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", _text(value)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()
