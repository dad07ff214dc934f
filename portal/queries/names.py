"""What places are called. A cell has no name of its own: it is told by the named area nearest to its middle."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import polars as pl

from layers.grid import cell_number, center
from layers.release import GeographyInfo, Manifest, UnitInfo
from layers.store.reader import Release
from portal.language import _, language
from portal.queries.offer import CELLS, CITY
from portal.words.released import told

_NAMED = ("neighborhood", "zip", "district")


def names_of(release: Release, geography: str) -> dict[str, str]:
    """Unit id → name, of every geography but cells. Zones are named in the page's language, areas by the city."""
    return _names_of(release, geography, language())


@lru_cache(maxsize=128)
def _names_of(release: Release, geography: str, _language: str) -> dict[str, str]:
    if geography == CITY:
        return {CITY: release.manifest.city.name}
    info = release.manifest.geography(geography)
    say = told if geography.startswith("zone") else str
    return {unit.id: say(unit.name) for unit in info.units} if info else {}


def unit_of(manifest: Manifest, geography: str, unit: str) -> UnitInfo | None:
    """What the release knows of an area or zone; None for cells and unknown ids."""
    info = manifest.geography(geography)
    return next((each for each in info.units if each.id == unit), None) if info else None


def name_of(release: Release, geography: str, unit: str) -> str:
    """The name of one place."""
    if geography in CELLS:
        return cell_names(release, (unit,))[0]
    return names_of(release, geography).get(unit, unit)


def with_names(release: Release, geography: str, rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` with a column `name` after `unit`."""
    units = rows["unit"].to_list()
    if geography in CELLS:
        names = list(cell_names(release, tuple(units)))
    else:
        known = names_of(release, geography)
        names = [known.get(unit, unit) for unit in units]
    return rows.insert_column(rows.get_column_index("unit") + 1, pl.Series("name", names, dtype=pl.String))


def cell_names(release: Release, cells: tuple[str, ...]) -> tuple[str, ...]:
    """`near Old North, cell ae8d` for each cell: the nearest named area, and digits that tell cells apart."""
    return _cell_names(release, cells, language())


@lru_cache(maxsize=64)
def _cell_names(release: Release, cells: tuple[str, ...], _language: str) -> tuple[str, ...]:
    areas = _named_areas(release.manifest)
    if not areas:
        return tuple(_("Hexagon {cell}", cell=cell) for cell in cells)
    points = np.array([center(cell_number(cell)) for cell in cells])
    nearest = _nearest(points, np.array([(area.lat, area.lng) for area in areas]))
    return tuple(
        _("near {place}, cell {cell}", place=areas[at].name, cell=_short(cell))
        for cell, at in zip(cells, nearest.tolist(), strict=True)
    )


def _short(cell: str) -> str:
    """The digits that tell the cells of a city apart: without the shared beginning and the filler at the end."""
    return cell.rstrip("f")[-4:]


def _named_areas(manifest: Manifest) -> tuple[UnitInfo, ...]:
    found: tuple[GeographyInfo | None, ...] = tuple(manifest.geography(name) for name in _NAMED)
    return next((info.units for info in found if info and info.units), ())


def _nearest(points: npt.NDArray[np.float64], areas: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Place of the nearest area for each point; degrees of longitude are scaled to those of latitude."""
    scale = np.array([1.0, np.cos(np.radians(areas[:, 0].mean()))])
    gaps = (points[:, None, :] - areas[None, :, :]) * scale
    found: npt.NDArray[np.int64] = (gaps**2).sum(axis=2).argmin(axis=1)
    return found
