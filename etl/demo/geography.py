"""The demo city's ground: small blocks, and neighborhoods, districts, ZIPs and tracts made of them.

Blocks are the Voronoi cells of seeded points, clipped to the city limits; every area is a union of blocks, so that
borders are shared exactly. No block crosses the river's middle line.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree

from etl.demo.names import NEIGHBORHOODS
from etl.demo.plane import Floats, Ints, Scale, off_river, outline_radius, river_y, stream, to_feet, within

BLOCKS = 1_500
DISTRICTS = 6
ZIPS = 9
TRACTS = 62
ZIP_PREFIX = "348"  # not in use
TRACT_PREFIX = "47999"  # a county that does not exist
RIVER_STEP = 240.0
TURN, TURN_BEFORE = 0.9, 0.6  # of the sectors that districts are, today and until 2022
SPLIT_NEIGHBORHOODS = 0.6  # of the neighborhoods that a district line would cross, the share that it does cross


@dataclass(frozen=True, slots=True)
class AreaLayer:
    """One kind of area: ids and names, which area each block is in, and shapes in degrees (lng, lat)."""

    kind: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    of_block: Ints
    shapes: np.ndarray


@dataclass(frozen=True, slots=True)
class Geography:
    """Blocks (points of the drawing, homes expected in each) and the kinds of areas."""

    scale: Scale
    points: Floats
    weight: Floats
    neighborhood: AreaLayer
    district: AreaLayer
    zip: AreaLayer
    tract: AreaLayer
    district_before: AreaLayer
    """The districts' lines until the end of 2022: the same sectors, turned."""

    @property
    def layers(self) -> tuple[AreaLayer, ...]:
        return self.district, self.neighborhood, self.zip, self.tract

    def block_at(self, xy: Floats) -> Ints:
        """The block each point of the drawing lies in."""
        return np.asarray(cKDTree(self.points).query(xy)[1], dtype=np.int64)


def draw_geography(seed: int, *, households: int) -> Geography:
    """The ground of the city of that seed; the fewer homes, the smaller it is and the fewer areas it has."""
    rng = stream(seed, "geography")
    scale = Scale.of(households)
    points = _block_points(rng, scale)
    cells = _clipped_cells(points)
    weight = _expected_homes(points, shapely.area(cells), rng)
    side = points[:, 1] > river_y(points[:, 0])
    neighborhoods = _clusters(points, side, scale.count(len(NEIGHBORHOODS), least=9), weight, rng)
    names = np.array(NEIGHBORHOODS)[rng.permutation(len(NEIGHBORHOODS))].tolist()
    zips = _clusters(points, np.zeros(len(points), dtype=bool), scale.count(ZIPS, least=3, power=0.7), weight, rng)
    tracts = _clusters(points, side, scale.count(TRACTS, least=8), weight, rng)
    return Geography(
        scale=scale,
        points=points,
        weight=weight,
        neighborhood=_layer(scale, cells, neighborhoods, "neighborhood", "N{:02d}", names),
        district=_layer(scale, cells, _districts(points, weight, neighborhoods, rng), "district", "{}"),
        zip=_layer(scale, cells, zips, "zip", f"{ZIP_PREFIX}{{:02d}}"),
        tract=_layer(scale, cells, tracts, "tract", f"{TRACT_PREFIX}{{:04d}}00"),
        district_before=_layer(scale, cells, _sector(points, weight, turn=TURN_BEFORE), "district_2013", "{}"),
    )


def _block_points(rng: np.random.Generator, scale: Scale) -> Floats:
    """Points of blocks: denser toward the center, evenly spread, and in pairs on both sides of the river."""
    cloud = rng.uniform((-14_000, -9_000), (14_000, 9_000), (60_000, 2))
    cloud = cloud[within(cloud) & off_river(cloud, distance=260)]
    thinned = cloud[rng.random(len(cloud)) < 0.25 + 0.75 * np.exp(-np.hypot(cloud[:, 0], cloud[:, 1]) / 4_000)]
    points = _evened(thinned[: scale.count(BLOCKS, least=150, power=1.0)].copy(), thinned, rounds=4)
    points = points[off_river(points, distance=260)]
    x = np.arange(-13_500.0, 13_500.0, min(scale.drawn(RIVER_STEP), 600.0))
    slope = (river_y(x + 1.0) - river_y(x - 1.0)) / 2.0
    normal = np.column_stack((-slope, np.ones_like(slope))) / np.hypot(1.0, slope)[:, None]
    middle = np.column_stack((x, river_y(x)))
    banks = np.vstack((middle + 140 * normal, middle - 140 * normal))
    return np.vstack((points, banks[within(banks)]))


def _evened(points: Floats, cloud: Floats, *, rounds: int) -> Floats:
    for _ in range(rounds):
        owner = cKDTree(points).query(cloud)[1]
        points = _centers(cloud, owner, np.ones(len(cloud)), points)
    return points


def _centers(points: Floats, owner: Ints, weight: Floats, before: Floats) -> Floats:
    """Weighted mean of the points of each owner; owners of nothing stay where they were."""
    total = np.bincount(owner, weight, len(before))
    sums = np.column_stack([np.bincount(owner, weight * points[:, axis], len(before)) for axis in (0, 1)])
    return np.where(total[:, None] > 0, sums / np.maximum(total, 1e-9)[:, None], before)


def _clipped_cells(points: Floats) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 480, endpoint=False)
    radius = outline_radius(angle)
    outline = shapely.polygons(np.column_stack((radius * np.cos(angle), radius * np.sin(angle))))
    cells = shapely.voronoi_polygons(shapely.multipoints(points), extend_to=outline.envelope, ordered=True)
    return np.asarray(shapely.intersection(shapely.get_parts(cells), outline))


def _expected_homes(points: Floats, area: Floats, rng: np.random.Generator) -> Floats:
    """Relative number of homes by block: a dense core, thinner toward the limits, and parks and yards with none."""
    distance = np.hypot(points[:, 0], points[:, 1] - 800)
    density = (
        0.12 + np.exp(-distance / 3_600) + 0.35 * np.exp(-np.hypot(points[:, 0] + 6_500, points[:, 1] - 1_000) / 1_800)
    )
    empty = rng.random(len(points)) < 0.07
    return np.where(empty, 0.0, density * area * rng.lognormal(0, 0.35, len(points)))


def _clusters(points: Floats, side: np.ndarray, count: int, weight: Floats, rng: np.random.Generator) -> Ints:
    """Compact groups of blocks that never cross from one side to the other, numbered from 0 without gaps."""
    pull = np.sqrt(weight) + 1e-6
    labels = np.zeros(len(points), dtype=np.int64)
    done = 0
    for each in np.unique(side):
        inside = np.flatnonzero(side == each)
        share = count - done if each == np.unique(side)[-1] else round(count * pull[inside].sum() / pull.sum())
        labels[inside] = done + _k_means(points[inside], pull[inside], share, rng)
        done += share
    return labels


def _k_means(points: Floats, weight: Floats, count: int, rng: np.random.Generator) -> Ints:
    centers = points[rng.choice(len(points), count, replace=False, p=weight / weight.sum())]
    for _ in range(20):
        centers = _centers(points, cKDTree(centers).query(points)[1], weight, centers)
    return np.asarray(cKDTree(centers).query(points)[1], dtype=np.int64)


def _districts(points: Floats, weight: Floats, neighborhood: Ints, rng: np.random.Generator) -> Ints:
    """Six sectors with about as many homes each. Most neighborhoods lie whole in one; some are cut by the line."""
    count = int(neighborhood.max()) + 1
    own = _sector(points, weight)
    middle = _centers(points, neighborhood, weight + 1e-6, np.zeros((count, 2)))
    homes = np.bincount(neighborhood, weight, count).astype(np.float64)
    whole = _sector(middle, homes)[neighborhood]
    cut = rng.random(count) < SPLIT_NEIGHBORHOODS
    return np.where(cut[neighborhood], own, whole)


def _sector(points: Floats, weight: Floats, turn: float = TURN) -> Ints:
    angle = np.mod(np.arctan2(points[:, 1] - 300, points[:, 0]) + turn, 2 * np.pi)
    order = np.argsort(angle, kind="stable")
    before = np.empty(len(points))
    before[order] = np.cumsum(weight[order]) - weight[order] / 2
    return np.asarray(np.minimum(before / weight.sum() * DISTRICTS, DISTRICTS - 1), dtype=np.int64)


def _layer(
    scale: Scale, cells: np.ndarray, of_block: Ints, kind: str, form: str, names: Sequence[str] = ()
) -> AreaLayer:
    """The areas that blocks make up; ids are made from their number, counted from 1."""
    count = int(of_block.max()) + 1
    ids = tuple(form.format(n + 1) for n in range(count))
    shapes = np.array([shapely.union_all(cells[of_block == n]) for n in range(count)])
    degrees = shapely.transform(shapes, lambda xy: np.round(scale.to_degrees(xy), 8))
    return AreaLayer(kind, ids, tuple(names[:count]) or ids, of_block, shapely.orient_polygons(degrees))


def shapes_as_geojson(layer: AreaLayer) -> list[str]:
    """The shapes of a layer as GeoJSON texts, in degrees."""
    return [str(text) for text in shapely.to_geojson(layer.shapes)]


def shapes_in_feet(layer: AreaLayer) -> np.ndarray:
    """The shapes of a layer as well-known binary, in state-plane feet."""
    return np.asarray(shapely.to_wkb(shapely.transform(layer.shapes, to_feet)), dtype=object)
