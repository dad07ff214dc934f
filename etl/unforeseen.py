"""From any exception to a failure with an exit code and a sentence, for the places where a run must go on or end.

A library's message may quote a record, so it is never told: only its kind and the place in our own code.
"""

import sqlite3
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from json import JSONDecodeError
from pathlib import Path

import polars as pl
from sqlalchemy.exc import SQLAlchemyError

from etl.errors import EtlError, StorageFailed, Unforeseen
from layers.store.reader import StoreError

ANY_FAILURE: tuple[type[BaseException], ...] = (Exception, pl.exceptions.PanicException)
"""What may go wrong in a library. Polars' panics are no Exception: uncaught they would end a scheduler."""
_PACKAGES = ("etl", "layers")


def as_failure(error: BaseException) -> EtlError:
    """The failure that an exception means: itself if it was expected, else the storage's, else a fault of ours."""
    match error:
        case EtlError():
            return error
        case SQLAlchemyError():
            return StorageFailed(f"The private database cannot be read or written{_why(error)}.")
        case OSError():
            return StorageFailed(f"Storage refused ({error.strerror or type(error).__name__}).")
        case JSONDecodeError() | StoreError():
            return store_damaged()
        case _:
            return Unforeseen(f"{type(error).__name__} {place_of(error)}.")


_WHY = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_CORRUPT: "its file is damaged",
    sqlite3.SQLITE_NOTADB: "its file is damaged",
    sqlite3.SQLITE_BUSY: "another program keeps it busy",
    "53100": "the disk is full",
    "25006": "it is read-only",
}
"""By SQLite's result code, or PostgreSQL's SQLSTATE. A driver's own words may quote a record."""


def _why(error: SQLAlchemyError) -> str:
    driver = getattr(error, "orig", None)
    code = getattr(driver, "sqlite_errorcode", None)
    found = _WHY.get(getattr(driver, "sqlstate", None) if code is None else code & 0xFF)
    return f": {found}" if found else ""


def place_of(error: BaseException) -> str:
    """The innermost place of our own code that an error went through: `at etl/feeds/feed.py, line 12`."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _ours(frame.filename)]
    if not frames:
        return "at an unknown place"
    path = Path(frames[-1].filename)
    return f"at {'/'.join(path.parts[_root(path) :])}, line {frames[-1].lineno}"


def store_damaged() -> StorageFailed:
    """The failure where `current.json`, a manifest or a release is not what this program wrote."""
    return StorageFailed(
        "A file of the public store is damaged or missing.",
        "Put the public folder back from a copy, or remove the damaged release and point to another one with "
        "`python -m etl releases CITY rollback TOPIC RELEASE`.",
    )


@contextmanager
def whole_store() -> Iterator[None]:
    """Reading the public store: whatever is found broken there is told as StorageFailed."""
    try:
        yield
    except (ValueError, StoreError):  # no JSON, no manifest, no such release
        raise store_damaged() from None


def _ours(name: str) -> bool:
    path = Path(name)
    return "site-packages" not in path.parts and bool(set(_PACKAGES) & set(path.parts[:-1]))


def _root(path: Path) -> int:
    return max(place for place, part in enumerate(path.parts[:-1]) if part in _PACKAGES)
