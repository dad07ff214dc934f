"""The drawing of the demo city: meters east and north of its center, and how they become degrees and feet."""

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

CENTER_LAT = 35.96
CENTER_LNG = -83.92
METERS_PER_LAT = 110_950.0
METERS_PER_LNG = 111_320.0 * float(np.cos(np.radians(CENTER_LAT)))
STATE_PLANE = "EPSG:2274"  # Tennessee, US survey feet

FULL_SIZE = 85_000  # homes
HALF_WIDTH = 12_500.0
HALF_HEIGHT = 7_200.0


def stream(seed: int, name: str) -> np.random.Generator:
    """A generator of its own for each part, so that a change in one part moves no other."""
    return np.random.default_rng([seed, crc32(name.encode())])


@dataclass(frozen=True, slots=True)
class Scale:
    """How large the city really is: a smaller one is the same drawing, shrunk, so that homes stand as close."""

    factor: float

    @classmethod
    def of(cls, households: int) -> "Scale":
        """The scale at which so many homes stand as close as in the city of full size."""
        return cls(min(2.0, float(np.sqrt(households / FULL_SIZE))))

    def drawn(self, meters: float) -> float:
        """How long real meters are on the drawing."""
        return meters / self.factor

    def count(self, full: int, *, least: int, power: float = 1.2) -> int:
        """How many of something the city has that the city of full size has `full` of."""
        share = float(self.factor**power)
        return max(least, min(full, round(full * share)))

    def to_degrees(self, xy: Floats) -> Floats:
        """Points of the drawing (x, y) to degrees (lng, lat), both of shape (n, 2)."""
        lng = CENTER_LNG + self.factor * xy[:, 0] / METERS_PER_LNG
        return np.column_stack((lng, CENTER_LAT + self.factor * xy[:, 1] / METERS_PER_LAT))

    def from_degrees(self, lat: Floats, lng: Floats) -> Floats:
        """Degrees to points of the drawing (x, y), shape (n, 2)."""
        x, y = (lng - CENTER_LNG) * METERS_PER_LNG, (lat - CENTER_LAT) * METERS_PER_LAT
        return np.column_stack((x, y)) / self.factor


def to_feet(lng_lat: Floats) -> Floats:
    """Degrees (lng, lat) to state-plane feet (x, y), both of shape (n, 2)."""
    transformer = Transformer.from_crs("EPSG:4326", STATE_PLANE, always_xy=True)
    return np.column_stack(transformer.transform(lng_lat[:, 0], lng_lat[:, 1]))


def outline_radius(angle: Floats) -> Floats:
    """How far the city limits lie from the center in each direction, meters."""
    ellipse = HALF_WIDTH * HALF_HEIGHT / np.hypot(HALF_HEIGHT * np.cos(angle), HALF_WIDTH * np.sin(angle))
    wobble = 1 + 0.06 * np.sin(3 * angle + 0.7) + 0.05 * np.cos(5 * angle) + 0.03 * np.sin(9 * angle + 2.0)
    return np.asarray(ellipse * wobble)


def river_y(x: Floats) -> Floats:
    """The river's middle line: how far north it runs at each x, meters."""
    return np.asarray(-1_900 + 900 * np.sin(x / 3_800 + 0.4) + 320 * np.sin(x / 1_500 + 1.1))


def within(xy: Floats, *, margin: float = 0.0) -> Flags:
    """Which points lie inside the city limits, at least `margin` meters off them."""
    return np.hypot(xy[:, 0], xy[:, 1]) < outline_radius(np.arctan2(xy[:, 1], xy[:, 0])) - margin


def off_river(xy: Floats, *, distance: float) -> Flags:
    """Which points lie farther than `distance` meters from the river's middle line."""
    slope = (river_y(xy[:, 0] + 1.0) - river_y(xy[:, 0] - 1.0)) / 2.0
    return np.abs(xy[:, 1] - river_y(xy[:, 0])) / np.hypot(1.0, slope) > distance
