"""The partition of privacy.md: drawn cities, and invariants on random ones."""

import hashlib
from collections.abc import Iterable

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.grid import cell_text, neighbors, parent
from layers.merging import Region, grow
from layers.zones import (
    NO_NEIGHBORHOOD,
    build_zones,
    exactly_assigned,
    with_zone0,
    zone_features,
    zone_units,
    zones_sha256,
    zones_table,
    zones_version,
)

CENTER = 0x8944CE00007FFFF  # any cell of resolution 9
SCHEMA = {"cell": pl.UInt64, "neighborhood": pl.String, "district": pl.String, "homes": pl.UInt32}


def patch(count: int) -> list[int]:
    """The first `count` cells around CENTER, ring by ring: a connected patch."""
    found, ring = [CENTER], [CENTER]
    while len(found) < count:
        ring = [c for c in dict.fromkeys(n for cell in ring for n in neighbors(cell)) if c not in found]
        found += ring
    return found[:count]


CELLS = patch(91)


def atoms(rows: Iterable[tuple[int, str | None, str | None, int]]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=SCHEMA, orient="row")


def zone_of(zones: pl.DataFrame, cell: int, level: str = "zone1") -> str:
    return str(zones.filter(pl.col("cell") == cell)[level][0])


def named(level: str, *cells: int) -> str:
    """The id of a zone of several cells."""
    texts = [cell_text(cell) for cell in sorted(cells)]
    return f"{level}-{texts[0]}-{hashlib.sha256(','.join(texts).encode()).hexdigest()[:8]}"


def family() -> list[int]:
    """The seven cells of one parent, ascending."""
    return sorted(c for c in patch(37) if parent(c, 8) == parent(CENTER, 8))


# ---------------------------------------------------------------- drawn cities


def test_a_cell_with_enough_homes_is_a_zone_and_the_rest_of_its_parent_another() -> None:
    cells = family()
    #        homes   100 | 60  50  0  0  0 | 20
    zones = build_zones(atoms((c, "N", "D", h) for c, h in zip(cells, [100, 60, 50, 0, 0, 0, 20], strict=True)))
    assert zone_of(zones, cells[0]) == cell_text(cells[0])
    assert (
        zone_of(zones, cells[1])
        == zone_of(zones, cells[2])
        == zone_of(zones, cells[6])
        == named("z1", cells[1], cells[2], cells[6])
    )
    assert zones.height == 4, "a cell without homes is in no zone"
    assert zones["zone2"].n_unique() == 1


def test_the_last_remainder_joins_the_nearest_zone_of_its_piece() -> None:
    cells = family()
    zones = build_zones(atoms([(cells[0], "N", "D", 120), (cells[1], "N", "D", 30)]))
    assert zone_of(zones, cells[1]) == zone_of(zones, cells[0])


def test_a_parent_with_too_few_homes_moves_up_a_resolution() -> None:
    inner = family()[0]
    other = next(c for c in CELLS if parent(c, 8) != parent(inner, 8) and parent(c, 7) == parent(inner, 7))
    zones = build_zones(atoms([(inner, "N", "D", 60), (other, "N", "D", 40)]))
    assert zone_of(zones, inner) == zone_of(zones, other)


def test_an_atom_belongs_whole_to_the_areas_of_most_of_its_homes() -> None:
    a, b = CELLS[:2]
    rows = [(a, "N1", "D1", 70), (a, "N2", "D1", 60), (a, "N2", "D2", 30), (b, "N2", "D1", 200), (b, None, "D1", 1)]
    zones = build_zones(atoms(rows))
    #                  N1 70 against N2 90; D1 130 against D2 30
    assert zones.filter(pl.col("cell") == a).select("neighborhood", "district", "homes").row(0) == ("N2", "D1", 160)
    share = exactly_assigned(atoms(rows), zones)
    assert share.both == pytest.approx((60 + 200) / 361)
    assert share.neighborhood == pytest.approx((60 + 30 + 200) / 361)
    assert share.district == pytest.approx((70 + 60 + 200 + 1) / 361)


def test_equal_numbers_go_to_the_lower_id() -> None:
    zones = build_zones(atoms([(CENTER, "N2", "D2", 80), (CENTER, "N1", "D1", 80)]))
    assert zones.select("neighborhood", "district").row(0) == ("N1", "D1")


def test_a_small_piece_joins_the_neighborhood_it_touches_most_in_its_district() -> None:
    ring = neighbors(CENTER)
    by_touch = {c: sum(n in neighbors(c) for n in ring) for c in ring}
    assert set(by_touch.values()) == {2}
    #  CENTER: 40 homes of S.   four of its neighbors are A, one B, and the sixth, of A too, lies in district 2
    rows = [(CENTER, "S", "1", 40), *((c, "A", "1", 200) for c in ring[:3]), (ring[3], "B", "1", 500)]
    zones = build_zones(atoms([*rows, *((c, "C", "2", 900) for c in ring[4:])]))
    assert zones.filter(pl.col("cell") == CENTER).select("neighborhood", "district").row(0) == ("A", "1")


def test_a_district_with_too_few_homes_for_a_zone_joins_the_piece_it_touches_most() -> None:
    a, b = CELLS[:2]
    zones = build_zones(atoms([(a, "N", "1", 99), (b, "M", "2", 300)]))
    assert zones["district"].unique().to_list() == ["2"]


def test_homes_outside_every_neighborhood_stay_in_their_district() -> None:
    zones = build_zones(atoms([(CENTER, None, "1", 150), (CELLS[1], None, None, 900)]))
    assert zones.select("neighborhood", "district", "homes").rows() == [(NO_NEIGHBORHOOD, "1", 150)]


def test_zone2_is_a_union_of_neighboring_zones_of_one_piece() -> None:
    line = CELLS[:7]
    zones = build_zones(atoms((c, "N" if i < 6 else "M", "D", 200) for i, c in enumerate(line)))
    assert zones["zone1"].n_unique() == 7
    sizes = zones.group_by("zone2").agg(pl.col("homes").sum(), pl.col("neighborhood").first())
    assert sizes.filter(pl.col("neighborhood") == "N")["homes"].min() >= 500
    assert sizes.filter(pl.col("neighborhood") == "M")["homes"].to_list() == [200], (
        "a piece may be smaller than a zone2"
    )


def test_no_homes_no_zones() -> None:
    zones = build_zones(atoms([(CENTER, "N", "D", 0)]))
    assert zones.is_empty()
    assert zones.columns == ["cell", "zone0", "zone1", "zone2", "neighborhood", "district", "homes"]


def test_inside_a_zone_of_100_homes_partners_get_zones_of_30() -> None:
    cells = family()
    #   homes    20   15  | 70 | 10 |  2     0  0
    zones = build_zones(atoms((c, "N", "D", h) for c, h in zip(cells, [20, 15, 70, 10, 2, 0, 0], strict=True)))
    assert zones["zone1"].unique().to_list() == [named("z1", *cells[:5])], "117 homes: one zone of the public"
    assert zone_of(zones, cells[2], "zone0") == cell_text(cells[2]), "70 homes are a zone0 of their own"
    rest = named("z0", cells[0], cells[1], cells[3], cells[4])
    assert {zone_of(zones, c, "zone0") for c in (cells[0], cells[1], cells[3], cells[4])} == {rest}, "47 homes"


def test_a_remainder_under_30_homes_joins_the_nearest_zone0_of_its_zone1() -> None:
    cells = family()
    zones = build_zones(atoms([(cells[0], "N", "D", 90), (cells[1], "N", "D", 29)]))
    assert zones["zone0"].unique().to_list() == [named("z0", *cells[:2])]


def test_zone0_can_be_added_to_a_partition_that_was_drawn_without_it() -> None:
    zones = build_zones(atoms((c, "N", "D", 35) for c in CELLS[:12]))
    assert with_zone0(zones.drop("zone0")).equals(zones)


def test_one_id_names_one_set_of_cells() -> None:
    a, b, c = family()[:3]
    before = build_zones(atoms([(a, "N", "D", 60), (b, "N", "D", 60)]))
    later = build_zones(atoms([(a, "N", "D", 60), (b, "N", "D", 60), (c, "N", "D", 60)]))
    again = build_zones(atoms([(a, "N", "D", 75), (b, "N", "D", 75)]))
    for level in ("zone1", "zone2"):
        assert zone_of(before, a, level) != zone_of(later, a, level), "the lowest cell is the same, the ground is not"
        assert zone_of(before, a, level) == zone_of(again, a, level)


def test_the_published_table_and_its_version() -> None:
    zones = build_zones(atoms((c, "N", "D", 90) for c in CELLS[:7]))
    table = zones_table(zones)
    assert table["cell"].str.len_chars().unique().to_list() == [15]
    assert zones_version(zones) == zones_sha256(zones)[:12]
    moved = zones.with_columns(homes=pl.col("homes") + 1)
    assert zones_version(moved) != zones_version(zones)


def test_the_public_table_has_no_zone0_and_the_name_of_the_partition_is_the_same_in_both_tiers() -> None:
    zones = build_zones(atoms((c, "N", "D", 90) for c in CELLS[:7]))
    assert zones_table(zones).columns == ["cell", "zone1", "zone2", "neighborhood", "district", "homes"]
    assert zones_table(zones, zone0=True).columns == zones.columns
    assert zones_version(zones) == zones_version(zones.drop("zone0"))


def test_zones_are_drawn_as_their_hexagons() -> None:
    zones = build_zones(atoms((c, "N", "D", h) for c, h in zip(family(), [100, 60, 50, 9, 9, 9, 20], strict=True)))
    drawn = zone_features(zones, "zone1")["features"]
    assert [f["id"] for f in drawn] == sorted(zones["zone1"].unique())
    assert {f["geometry"]["type"] for f in drawn} == {"Polygon", "MultiPolygon"}
    assert sum(f["properties"]["public_homes"] for f in drawn) == 257
    units = zone_units(zones, "zone2")
    assert units.select("homes", "cells", "neighborhood").rows() == [(257, 7, "N")]


def test_growing_takes_the_nearest_where_nothing_touches() -> None:
    regions = [
        Region("a", "s", 10, (0.0, 0.0, 1.0)),
        Region("b", "s", 900, (0.0, 0.5, 1.0)),
        Region("c", "s", 900, (0.0, 0.1, 1.0)),
        Region("d", "t", 10, (0.0, 0.0, 1.0)),
    ]
    assert grow(regions, [], 100, balanced=False) == {"a": "c", "b": "b", "c": "c", "d": "d"}


# ---------------------------------------------------------------- random cities

city = st.lists(
    st.tuples(
        st.sampled_from(CELLS),
        st.sampled_from(["N1", "N2", "N3", None]),
        st.sampled_from(["D1", "D2"]),
        st.integers(0, 260),
    ),
    min_size=1,
    max_size=90,
)


def homes_by(zones: pl.DataFrame, *columns: str) -> pl.DataFrame:
    return zones.group_by(columns).agg(pl.col("homes").sum())


@settings(max_examples=40, deadline=None)
@given(rows=city)
def test_every_zone_is_large_enough_where_its_piece_is(rows: list[tuple[int, str | None, str | None, int]]) -> None:
    zones = build_zones(atoms(rows))
    total = int(zones["homes"].sum())
    pieces = homes_by(zones, "neighborhood", "district").rename({"homes": "piece"})
    if total >= 100:
        assert homes_by(zones, "zone1")["homes"].min() >= 100
        assert homes_by(zones, "zone0")["homes"].min() >= 30
        assert pieces["piece"].min() >= 100
    large = zones.filter(pl.col("homes") >= 30)
    assert large["zone0"].n_unique() == large.height, "no two atoms with 30 homes share a zone0"
    second = homes_by(zones, "zone2", "neighborhood", "district").join(pieces, on=["neighborhood", "district"])
    assert second.filter((pl.col("homes") < 500) & (pl.col("homes") < pl.col("piece"))).is_empty()
    assert total == sum(h for _, _, _, h in rows), "every home of the city is in a zone"


@settings(max_examples=40, deadline=None)
@given(rows=city)
def test_zones_nest(rows: list[tuple[int, str | None, str | None, int]]) -> None:
    zones = build_zones(atoms(rows))
    assert zones["cell"].is_unique().all()
    assert zones["cell"].is_sorted()
    for inner, outer in (("zone0", "zone1"), ("zone1", "zone2"), ("zone2", "neighborhood"), ("zone2", "district")):
        assert zones.group_by(inner).agg(pl.col(outer).n_unique())[outer].to_list() in (
            [],
            [1] * zones[inner].n_unique(),
        )


@settings(max_examples=40, deadline=None)
@given(rows=city, random=st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[tuple[int, str | None, str | None, int]], random) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert build_zones(atoms(rows)).equals(build_zones(atoms(shuffled)))


def test_a_city_with_fewer_homes_than_a_zone_is_one_zone() -> None:
    zones = build_zones(atoms((c, None, "D", 1) for c in CELLS))
    assert zones["zone1"].n_unique() == 1


@settings(max_examples=25, deadline=None)
@given(rows=city, more=city)
def test_the_same_id_in_another_year_is_the_same_ground(
    rows: list[tuple[int, str | None, str | None, int]], more: list[tuple[int, str | None, str | None, int]]
) -> None:
    for level in ("zone0", "zone1", "zone2"):
        one, other = (
            z.group_by(level).agg(pl.col("cell").sort().alias("cells"))
            for z in (build_zones(atoms(rows)), build_zones(atoms([*rows, *more])))
        )
        both = one.join(other, on=level, suffix="_later")
        assert (both["cells"] == both["cells_later"]).all()
