"""Streets, address points and homes of the demo city."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from etl.demo.geography import Geography
from etl.demo.names import CANARY_ACCOUNTS, CANARY_STREET, DIRECTIONS, LONG_TYPES, STREET_TYPES, STREETS
from etl.demo.plane import (
    HALF_HEIGHT,
    HALF_WIDTH,
    Flags,
    Floats,
    Ints,
    Scale,
    off_river,
    stream,
    to_feet,
    within,
)

SINGLE_SHARE = 0.60  # of homes that are houses of their own
SHOP_SHARE = 0.035  # shops and offices for each home
STREET_SPACING = 95.0  # meters, like those below
SETBACK = 14.0
FROM_RIVER = 210.0
FROM_LIMITS = 60.0
WIDEST_RIVER = 420.0  # on the drawing: a small city has a small river
LARGEST_BUILDING = 320
CANARY_STREET_HOUSES = 20
STREET = ("neighborhood", "axis", "line")


@dataclass(frozen=True, slots=True)
class Town:
    """Everything that stands: one row per address, and one row per home with its address.

    addresses: address_id, number, direction, street, type, long_type, full, zip, units, renter_units, accounts,
    lat, lng, x_feet, y_feet, block, neighborhood, district, stress.
    homes: address (row of addresses), apartment, renter, account, stress, canary (0, 1, … or null).
    """

    geography: Geography
    addresses: pl.DataFrame
    homes: pl.DataFrame

    def at(self, rows: Ints) -> pl.DataFrame:
        """The addresses of those rows, in that order."""
        return self.addresses[rows]


def build_town(seed: int, geography: Geography, *, households: int) -> Town:
    """Streets, addresses and homes: exactly `households` homes."""
    rng = stream(seed, "addresses")
    units = _units(households, rng)
    xy, streets = _places(geography, units > 1, rng)
    frame = _numbered(streets, _street_names(streets, units, rng), units)
    addresses = _placed(frame, xy, geography, seed)
    homes = _homes(addresses, rng)
    return Town(geography, _with_counts(addresses, homes, rng), homes)


def _units(households: int, rng: np.random.Generator) -> Ints:
    """Residential units by address: houses, then buildings, then shops and offices with none."""
    singles = round(SINGLE_SHARE * households)
    sizes = np.clip(np.round(rng.lognormal(np.log(13), 0.95, households // 8 + 10)), 2, LARGEST_BUILDING).astype(
        np.int64
    )
    left = households - singles
    count = int(np.searchsorted(np.cumsum(sizes), left)) + 1
    buildings = sizes[:count]
    buildings[-1] -= buildings.sum() - left
    return np.concatenate((np.ones(singles, np.int64), buildings, np.zeros(round(SHOP_SHARE * households), np.int64)))


def _places(geography: Geography, dense: np.ndarray, rng: np.random.Generator) -> tuple[Floats, pl.DataFrame]:
    """A place on a street for each address, and what street that is, on which side, how far along."""
    area = (
        np.bincount(geography.block_at(_candidates(geography.scale, 80_000, rng)), minlength=len(geography.points))
        + 1.0
    )
    density = geography.weight / area
    xy = np.empty((len(dense), 2))
    keys = np.empty((len(dense), 5), dtype=np.int64)
    for flag, power in ((False, 1.0), (True, 1.5)):
        wanted = np.flatnonzero(dense == flag)
        xy[wanted], keys[wanted] = _drawn(geography, density**power, len(wanted), rng)
    return xy, pl.DataFrame(keys, schema=[*STREET, "side", "along"])


def _candidates(scale: Scale, count: int, rng: np.random.Generator) -> Floats:
    reach = (1.2 * HALF_WIDTH, 1.2 * HALF_HEIGHT)
    xy = rng.uniform((-reach[0], -reach[1]), reach, (count, 2))
    return xy[_buildable(scale, xy)]


def _buildable(scale: Scale, xy: Floats) -> Flags:
    """Which places are neither in the river nor at the city limits."""
    river = min(scale.drawn(FROM_RIVER), WIDEST_RIVER)
    return within(xy, margin=min(scale.drawn(FROM_LIMITS), 200.0)) & off_river(xy, distance=river)


def _drawn(geography: Geography, density: Floats, count: int, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """`count` places drawn by density, each moved to the nearest street of its neighborhood's grid."""
    accept = density / np.quantile(density, 0.995)
    found_xy, found_keys, found = [], [], 0
    while found < count:
        xy = _candidates(geography.scale, max(20_000, 8 * count), rng)
        block = geography.block_at(xy)
        kept = rng.random(len(xy)) < accept[block]
        xy, key = _on_street(geography.scale, xy[kept], geography.neighborhood.of_block[block[kept]], rng)
        good = _buildable(geography.scale, xy) & (density[geography.block_at(xy)] > 0)
        found_xy.append(xy[good])
        found_keys.append(key[good])
        found += int(good.sum())
    return np.vstack(found_xy)[:count], np.vstack(found_keys)[:count]


def _on_street(scale: Scale, xy: Floats, neighborhood: Ints, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """Places moved to a street line; keys (neighborhood, axis, line, side of the street, decimeters along it)."""
    angle = np.mod(neighborhood * 2.399, np.pi / 2)
    cos, sin = np.cos(angle), np.sin(angle)
    frame = np.column_stack((xy[:, 0] * cos + xy[:, 1] * sin, -xy[:, 0] * sin + xy[:, 1] * cos))
    axis = (rng.random(len(xy)) < 0.35).astype(np.int64)
    rows = np.arange(len(xy))
    line = np.round(frame[rows, axis] / scale.drawn(STREET_SPACING)).astype(np.int64)
    side = rng.integers(0, 2, len(xy))
    along = (10 * frame[rows, 1 - axis]).astype(np.int64)
    frame[rows, axis] = line * scale.drawn(STREET_SPACING) + scale.drawn(SETBACK) * (2 * side - 1)
    moved = np.column_stack((frame[:, 0] * cos - frame[:, 1] * sin, frame[:, 0] * sin + frame[:, 1] * cos))
    return moved, np.column_stack((neighborhood, axis, line, side, along))


def _street_names(streets: pl.DataFrame, units: Ints, rng: np.random.Generator) -> pl.DataFrame:
    """One name for each street; one short street of houses gets the name that tests look for."""
    houses = (pl.col("units") == 1).sum()
    unique = streets.with_columns(units=units).group_by(STREET).agg(pl.len(), houses=houses).sort(STREET)
    count = unique.height
    combinations = len(STREETS) * len(STREET_TYPES) * len(DIRECTIONS)
    pick = rng.permutation(combinations)[:count] if count <= combinations else np.arange(count) % combinations
    word, rest = np.divmod(pick, len(STREET_TYPES) * len(DIRECTIONS))
    kind, direction = np.divmod(rest, len(DIRECTIONS))
    far = (
        pl.when(pl.col("houses") == pl.col("len")).then((pl.col("len") - CANARY_STREET_HOUSES).abs()).otherwise(10_000)
    )
    canary = pl.int_range(pl.len()) == far.arg_min()
    return unique.select(
        *STREET,
        street=pl.when(canary).then(pl.lit(CANARY_STREET)).otherwise(_words(STREETS, word)),
        type=_words(STREET_TYPES, kind),
        long_type=_words(LONG_TYPES, kind),
        direction=pl.when(canary).then(pl.lit("")).otherwise(_words(DIRECTIONS, direction)),
    )


def _words(words: tuple[str, ...], index: Ints) -> pl.Series:
    return pl.Series(words, dtype=pl.String).gather(index)


def _numbered(streets: pl.DataFrame, names: pl.DataFrame, units: Ints) -> pl.DataFrame:
    """House numbers that rise along the street and are even on one side; unique within a street."""
    rank = pl.col("along").rank("ordinal").over(STREET).cast(pl.Int64)
    return streets.with_columns(units=units, number=100 + 4 * rank + pl.col("side")).join(
        names, on=STREET, how="left", maintain_order="left"
    )


def _placed(frame: pl.DataFrame, xy: Floats, geography: Geography, seed: int) -> pl.DataFrame:
    """Addresses with their coordinates as every feed gives them (6 decimals) and the areas these lie in."""
    degrees = np.round(geography.scale.to_degrees(xy), 6)
    feet = np.round(to_feet(degrees), 1)
    block = geography.block_at(geography.scale.from_degrees(degrees[:, 1], degrees[:, 0]))
    neighborhood = geography.neighborhood.of_block[block]
    direction = pl.when(pl.col("direction") == "").then(pl.lit("")).otherwise(pl.col("direction") + " ")
    return frame.select(
        address_id=pl.format("A{}", pl.int_range(100_000, 100_000 + pl.len())),
        number=pl.col("number"),
        direction=pl.col("direction"),
        street=pl.col("street"),
        type=pl.col("type"),
        long_type=pl.col("long_type"),
        full=pl.format("{} {}{} {}", pl.col("number"), direction, pl.col("street"), pl.col("type")),
        zip=_words(geography.zip.ids, geography.zip.of_block[block]),
        units=pl.col("units"),
        lat=degrees[:, 1],
        lng=degrees[:, 0],
        x_feet=feet[:, 0],
        y_feet=feet[:, 1],
        block=block,
        neighborhood=neighborhood,
        district=geography.district.of_block[block],
        stress=_stress(geography, seed)[neighborhood],
    )


def _stress(geography: Geography, seed: int) -> Floats:
    """How hard it is to keep a home, by neighborhood: 1 on average; higher in the east and near the center."""
    rng = stream(seed, "stress")
    count = len(geography.neighborhood.ids)
    of_block = geography.neighborhood.of_block
    total = np.bincount(of_block, minlength=count)
    x, y = (np.bincount(of_block, geography.points[:, axis], count) / total for axis in (0, 1))
    level = np.exp(0.45 * x / 8_000 - 0.5 * (np.hypot(x, y) / 6_000 - 1) + rng.normal(0, 0.38, count))
    return np.asarray(np.clip(level / level.mean(), 0.2, 3.5))


def _homes(addresses: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    units = addresses["units"].to_numpy()
    address = np.repeat(np.arange(len(units)), units)
    size = units[address]
    unit = np.arange(len(address)) - np.repeat(np.cumsum(units) - units, units)
    stress = addresses["stress"].to_numpy()[address]
    renter = rng.random(len(address)) < np.where(size > 1, 0.95, np.clip(0.16 + 0.12 * stress, 0, 0.7))
    account = pl.Series(10_000_000 + rng.permutation(9 * len(address))[: len(address)])
    street = addresses["street"].gather(address)
    canary = pl.Series(np.where(street == CANARY_STREET, np.cumsum(street == CANARY_STREET) - 1, -1))
    return (
        pl.DataFrame({"address": address, "unit": unit, "size": size, "renter": renter, "stress": stress})
        .with_columns(
            account=account.cast(pl.String).str.zfill(10).str.replace(r"^(\d{4})", "$1-"),
            canary=canary.replace(-1, None),
            apartment=_apartment(),
        )
        .with_columns(
            canary=pl.when(pl.col("canary") < len(CANARY_ACCOUNTS)).then(pl.col("canary")),
            account=pl.coalesce(
                pl.col("canary").replace_strict(
                    list(range(len(CANARY_ACCOUNTS))), list(CANARY_ACCOUNTS), default=None, return_dtype=pl.String
                ),
                pl.col("account"),
            ),
        )
    )


def _apartment() -> pl.Expr:
    """The label of a unit, in one of three styles by building; null in a house."""
    unit, style = pl.col("unit"), pl.col("address") % 3
    floor = pl.format("{}", (unit // 8 + 1) * 100 + unit % 8 + 1)
    letter = pl.format(
        "{}{}", unit // 6 + 1, (unit % 6).replace_strict(range(6), list("ABCDEF"), return_dtype=pl.String)
    )
    label = pl.when(style == 0).then((unit + 1).cast(pl.String)).when(style == 1).then(floor).otherwise(letter)
    return pl.when(pl.col("size") > 1).then(label)


def _with_counts(addresses: pl.DataFrame, homes: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    billed = rng.random(homes.height) < 0.955
    counts = (
        homes.with_columns(billed=billed)
        .group_by("address")
        .agg(renter_units=pl.col("renter").sum().cast(pl.Int64), accounts=pl.col("billed").sum().cast(pl.Int64))
    )
    return (
        addresses.with_row_index("address")
        .with_columns(pl.col("address").cast(pl.Int64))
        .join(counts, on="address", how="left", maintain_order="left")
        .drop("address")
        .with_columns(pl.col("renter_units", "accounts").fill_null(0))
    )
