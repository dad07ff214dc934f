"""The addresses that the map's search finds, where a city declares its address file public; otherwise there are none.

What is written follows from the address file, the boundaries and the declaration alone. It holds every address of the
file, never only those at which something was recorded: that an address is there, or not, tells nothing of any home.
"""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from etl.city import City
from etl.context import Context
from etl.errors import WouldDisclose
from etl.values.streets import JOIN, LOOSE, STREET_KINDS, TIDY, WORDS, street_expr
from layers.addressbook import INDEX, KEY, LONGEST, PLACE, AddressBook, strangers
from layers.addressseal import LIST, SIGNATURE, hash_list
from layers.grid import text_expr
from layers.policy import Tier
from layers.store.publisher import replace

LISTED = "listed"
"""Column of the address file's rows: whether they are of a source that is declared public."""
SPELLING = {"tidy": TIDY, "words": dict(WORDS), "join": JOIN, "loose": LOOSE, "kinds": dict(STREET_KINDS)}
_NUMBERED = r"^(\d+(?:-\d+)?[A-Z]?(?: \d/\d)?) (.*[A-Z].*)$"
_TAIL = rf"^(.+ (?:{'|'.join(STREET_KINDS)})(?: (?:[NS][EW]?|[EW]))?) (?:[A-Z]?\d+[A-Z]?|[A-DF-MO-RT-VX-Z])$"
"""An apartment behind a street, not a direction."""
_NAMED = r"^(?:[A-Z]|\d+(?:ST|ND|RD|TH)\b)"
"""An address without a number; other digits are a number that was damaged on its way, such as a day."""
_LONGEST = 60
_REMEDY = "Take it out of the folder geo of the store, and find out who put it there; then run again."


def publish_addresses(
    context: Context, addresses: pl.DataFrame | None, *, sign: Callable[[bytes], bytes]
) -> int | None:
    """Write the public addresses of `etl.context.Homes` to the store, or take them away; how many there are.

    `sign` signs the list of their hashes with the city's key. None where none are public, and then they are taken away
    in every tier. Raises OSError where the disk refuses, WouldDisclose where anything else lies beside the shapes; then
    no address stays.
    """
    if not declared_public(context.city):
        for tier in Tier:
            withdraw_addresses(context.folders.store(tier))
        return None
    kinds = tuple(areas.kind for areas in context.places.area_sets)
    table = None if addresses is None else address_table(addresses, kinds, reference=context.places.reference.kind)
    if table is None or not table.height:
        withdraw_addresses(context.store)
        return None
    files = AddressBook(table, kinds, SPELLING, _sources(context.city)).files()
    listed = hash_list(files)
    files |= {LIST: listed, SIGNATURE: sign(listed)}
    geo = context.store / "geo"
    changed = {name for name, content in files.items() if not _is(geo / name, content)}
    with context.fence():
        for name in (name for name in files if name in changed):
            replace(geo / name, files[name])
        _remove(geo, keep=frozenset(files))
    if changed and (strange := [name for name, _ in strangers(geo)]):
        withdraw_addresses(context.store)
        raise WouldDisclose(f"Among the shapes lies what does not belong there: {', '.join(strange)}.", _REMEDY)
    return table.height


def withdraw_addresses(store: Path) -> None:
    """Take away whatever addresses the store has: first what names the files, then the files."""
    (store / "geo" / INDEX).unlink(missing_ok=True)
    _remove(store / "geo", keep=frozenset())


def declared_public(city: City) -> bool:
    """Whether a source of the city says that its addresses are public."""
    return any(source.public_addresses for source in city.sources)


def address_table(addresses: pl.DataFrame, kinds: tuple[str, ...], *, reference: str) -> pl.DataFrame:
    """The columns of an address book: every listed address in the city, once in each of its areas.

    Without apartments; of a building whose points lie in several cells, the cell with most of them.
    """
    if "address" not in addresses.columns or LISTED not in addresses.columns:
        return pl.DataFrame(schema=dict.fromkeys([*KEY, *kinds], pl.String()))
    inside = pl.col(f"area_{reference}").is_not_null() & pl.col(LISTED)
    keyed = addresses.filter(inside).select(
        street_expr(pl.col("address")).alias("key"),
        text_expr("h3_9").alias("cell"),
        text_expr("atom").alias("atom"),
        *(pl.col(f"area_{kind}").alias(kind) for kind in kinds),
    )
    street = pl.coalesce(pl.col("key").str.extract(_NUMBERED, 2), "key")
    told = keyed.select(street.alias("street"), pl.col("key").str.extract(_NUMBERED, 1).alias("number"), *PLACE, *kinds)
    whole = pl.col("number").is_not_null() | pl.col("street").str.contains(_NAMED)
    usable = whole & pl.col("street").str.contains("[A-Z]") & (pl.col("street").str.len_chars() <= _LONGEST)
    address = ["street", "number", *kinds]
    return (
        _without_tails(told.filter(usable))
        .group_by(*address, *PLACE)
        .len()
        .sort("len", *PLACE, descending=[True, False, False])
        .group_by(address)
        .agg(pl.col(PLACE).first())
        .select(*KEY, *kinds)
    )


def _without_tails(told: pl.DataFrame) -> pl.DataFrame:
    """Streets without an apartment that is written behind them (`MAIN ST 4B`), where the file has the bare street."""
    bare = told.select(street=pl.col("street").unique())
    cut = bare.with_columns(cut=pl.col("street").str.extract(_TAIL, 1))
    known = cut.join(bare, left_on="cut", right_on="street", how="semi")
    return told.join(known, on="street", how="left").with_columns(street=pl.coalesce("cut", "street")).drop("cut")


def _sources(city: City) -> list[dict[str, str | None]]:
    """Whose addresses they are, and under which license."""
    public = [source for source in city.sources if source.public_addresses]
    told = [(each.title, each.publisher, each.license, each.url) for each in public]
    names = ("title", "publisher", "license", "url")
    return [dict(zip(names, (word and word[:LONGEST] for word in words), strict=True)) for words in told]


def _is(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _remove(geo: Path, *, keep: frozenset[str]) -> None:
    for path in [*geo.glob("addresses*"), *geo.glob(".addresses*")]:
        if path.name not in keep:
            path.unlink(missing_ok=True)
