"""A city's public addresses as the map's search reads them: which street and number lies in which published place.

    geo/addresses.parquet              every address: `street`, `number`, its `cell` on maps, its `atom`, its areas
    geo/addresses.json                 what the files are, how addresses are written, whose they are
    geo/addresses-<12 hex>.json.gz     the same addresses for a browser, in few large files named by their content
    geo/addresses.sha256, .sig         their seal (layers.addressseal)

They hold what the city's public address file says, and nothing else: no home, apartment or name, no record, no count.
Whoever fetches one fetches all, so that what is fetched tells nothing of what is looked for. See docs/portal.md.
"""

import gzip
import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl

from layers.addressseal import LIST, SIGNATURE, hash_list, signing_key
from layers.grid import cell_number, lat_expr, lng_expr

TABLE, INDEX = "addresses.parquet", "addresses.json"
PART = re.compile(r"addresses-[0-9a-f]{12}\.json")
"""How a browser asks for one of the large files."""
PLACE = ("cell", "atom")
KEY = ("street", "number", *PLACE)
"""A `cell` is of the finest that maps show, an `atom` of those that zones are made of: in a dense city finer ones."""
MOST_BYTES = 1_000_000
"""Of one file before it is packed, about; packed it is a third."""
_CELL = r"^[0-9a-f]{15}$"
_STREET = r"^[A-Z0-9/&-]+( [A-Z0-9/&-]+)*$"
_NUMBER = r"^\d+(-\d+)?[A-Z]?( \d/\d)?$"
_PLAIN = re.compile(r"[1-9]\d{0,8}|0")
_SPELLING = ("join", "kinds", "loose", "tidy", "words")
_SOURCE = ("license", "publisher", "title", "url")
LONGEST = 300
"""Of a word of a source, in characters."""


@dataclass(frozen=True)
class AddressBook:
    """`table` has the columns of KEY and one of each kind of area in `kinds`, all text, null where there is none.

    `spelling` says how addresses are written: the rules of `etl.values.streets`. `sources` name the address files
    (title, publisher, license, url).
    """

    table: pl.DataFrame
    kinds: tuple[str, ...]
    spelling: Mapping[str, Any]
    sources: Sequence[Mapping[str, str | None]]

    def files(self) -> dict[str, bytes]:
        """Name and content of every file; the same book always gives the same bytes. The index comes last."""
        table = self.table.select(*KEY, *self.kinds).sort(*KEY, *self.kinds, nulls_last=True)
        columns = (*PLACE, *self.kinds)
        places = table.select(columns).unique().sort(columns, nulls_last=True).with_row_index("place")
        numbered = table.join(places, on=columns, how="left", nulls_equal=True, maintain_order="left")
        told: dict[str, bytes] = {}
        where = _packed(told, _places(places, self.kinds))
        streets = [_packed(told, part) for part in _parts(numbered)]
        index = {
            "addresses": table.height,
            "kinds": self.kinds,
            "places": where,
            "sources": [dict(source) for source in self.sources],
            "spelling": self.spelling,
            "streets": streets,
        }
        return {TABLE: _parquet(table), **told, INDEX: _json(index)}


def book_in(geo: Path) -> AddressBook | None:
    """The book of a store's folder of shapes; None where there is none. Raises ValueError where it is damaged."""
    if not (geo / INDEX).is_file():
        return None
    try:
        index = json.loads((geo / INDEX).read_bytes())
        table = pl.read_parquet(geo / TABLE)
        return AddressBook(table, tuple(index["kinds"]), index["spelling"], index["sources"])
    except (OSError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
        raise ValueError("the address files are damaged") from error


def strangers(geo: Path) -> Iterator[tuple[str, str]]:
    """Name of each file among the shapes that is neither shapes nor part of a sound address book, and what is wrong."""
    here = {path.name: path for path in sorted(geo.iterdir())} if geo.is_dir() else {}
    others = {name: path for name, path in here.items() if path.suffix != ".geojson" and not name.startswith(".")}
    if not others:
        return
    try:
        book = book_in(geo)
        known = {} if book is None or _unsound(book) else book.files()
    except (ValueError, TypeError, pl.exceptions.PolarsError):
        known = {}
    seal = {name: others.pop(name) for name in (LIST, SIGNATURE) if name in others}
    for name, path in others.items():
        if name not in known:
            yield name, "No file of this name belongs among the shapes."
        elif not path.is_file() or path.read_bytes() != known[name]:
            yield name, "It holds something else than the public addresses."
    yield from ((name, "It is missing.") for name in known if name not in here)
    yield from ((path.name, "It is no seal of the public addresses.") for path in _unsealing(seal, hash_list(known)))


def _unsealing(seal: Mapping[str, Path], content: bytes) -> Iterator[Path]:
    """The files of a seal that hold anything else: a signature of no key of the store could hold anything."""
    if LIST in seal and not (seal[LIST].is_file() and seal[LIST].read_bytes() == content):
        yield seal[LIST]
    if SIGNATURE in seal:
        path = seal[SIGNATURE]
        if not path.is_file() or signing_key(path.parents[1], content, path.read_bytes()) is None:
            yield path


def _unsound(book: AddressBook) -> bool:
    """Whether it has a column, a type or a text that no address book has."""
    table, columns = book.table, [*KEY, *book.kinds]
    if table.columns != columns or set(table.dtypes) != {pl.String()} or not table.height:
        return True
    texts = table["street"].str.contains(_STREET) & table["number"].fill_null("0").str.contains(_NUMBER)
    cells = pl.all_horizontal(pl.col(PLACE).str.contains(_CELL).fill_null(False))
    words = [word for source in book.sources for word in source.values() if word is not None]
    return not (
        texts.fill_null(False).all()
        and table.select(cells.all()).item()
        and tuple(sorted(book.spelling)) == _SPELLING
        and all(tuple(sorted(source)) == _SOURCE for source in book.sources)
        and all(isinstance(word, str) and len(word) <= LONGEST for word in words)
    )


def _places(places: pl.DataFrame, kinds: Sequence[str]) -> bytes:
    """Of each place: its cell, the middle of its atom (lat, lng), and its areas."""
    atoms = places.with_columns(atom=pl.Series([cell_number(text) for text in places["atom"]], dtype=pl.UInt64))
    middle = atoms.with_columns(lat=lat_expr("atom").round(5), lng=lng_expr("atom").round(5))
    return _json({"places": middle.select("cell", "lat", "lng", *kinds).rows()})


def _parts(table: pl.DataFrame) -> Iterator[bytes]:
    """Streets in their order, each `[name, [place, number, …], …]`, as many as fit into one file."""
    groups = table.group_by("street", "place").agg("number").sort("street", "place").iter_rows()
    part: list[str] = []
    size = 0
    for name, rows in groupby(groups, key=lambda row: row[0]):
        street = json.dumps([name, *_by_place(rows)], separators=(",", ":"))
        if part and size + len(street) > MOST_BYTES:
            yield _streets(part)
            part, size = [], 0
        part.append(street)
        size += len(street) + 1
    yield _streets(part)


def _streets(streets: Sequence[str]) -> bytes:
    return f'{{"streets":[{",".join(streets)}]}}'.encode()


def _by_place(rows: Iterable[tuple[str, int, Sequence[str | None]]]) -> Iterator[list[int | str]]:
    """Each place with the numbers in it: whole ones ascending, after the first the distance to the one before; then
    those with letters, as they are."""
    for _, place, numbers in rows:
        plain = sorted(int(n) for n in numbers if n is not None and _PLAIN.fullmatch(n))
        steps = [n - before for n, before in zip(plain, [0, *plain], strict=False)]
        yield [place, *steps, *sorted(n for n in numbers if n is not None and not _PLAIN.fullmatch(n))]


def _packed(told: dict[str, bytes], content: bytes) -> str:
    """Adds a file named by its content, and gives the name under which a browser asks for it."""
    name = f"addresses-{hashlib.sha256(content).hexdigest()[:12]}.json"
    told[f"{name}.gz"] = gzip.compress(content, compresslevel=9, mtime=0)
    return name


def _parquet(table: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.rechunk().write_parquet(buffer, compression="zstd", statistics=False)
    return buffer.getvalue()


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
