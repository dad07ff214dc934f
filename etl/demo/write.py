"""Writing the demo city: boundaries, feeds, declarations, and what tests need to know of it."""

import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Any

import polars as pl

from etl.demo import utility
from etl.demo.addresses import Town, build_town
from etl.demo.areafiles import write_boundaries
from etl.demo.calendar import Span, span_of
from etl.demo.center import draw_center
from etl.demo.court import Cases, draw_cases
from etl.demo.files import write_csv, write_geojson, write_workbook, write_zip
from etl.demo.geography import draw_geography
from etl.demo.income import write_incomes
from etl.demo.needs import draw_needs
from etl.demo.requests import Requests, draw_requests
from etl.demo.supply import draw_supply
from etl.demo.truth import calendar_truth, canaries, expected_rejects, town_truth
from etl.demo.utility import Shutoffs, draw_shutoffs
from etl.errors import DeclarationError

TRUTH_FILE = "demo-truth.json"
FEWEST_HOUSEHOLDS = 1_000
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DemoCity:
    """A written demo city. `truth` is the content of the private file `truth_file`."""

    folder: Path
    truth_file: Path
    truth: dict[str, Any]


def write_demo_city(
    folder: str | Path,
    *,
    seed: int = 1,
    households: int = 85_000,
    months: int = 36,
    progress: Tell | None = None,
) -> DemoCity:
    """Writes a city folder with its raw feeds; the same arguments give the same bytes.

    `progress` is told what is being written. Raises DeclarationError where the folder holds another city, or where the
    numbers make no city.
    """
    target = Path(folder)
    _require_sane(target, households, months)
    tell = progress or (lambda _: None)
    span = span_of(months)
    tell("ground and streets")
    town = build_town(seed, draw_geography(seed, households=households), households=households)
    _clear(target)
    write_boundaries(target / "boundaries", town.geography)
    write_incomes(target / "boundaries", town)
    _write_addresses(target, town)
    with ThreadPoolExecutor(2) as pool:
        tell("311 requests, court cases, shutoffs")
        requests = pool.submit(lambda: _write_requests(target, draw_requests(seed, town, span)))
        cases = pool.submit(lambda: _write_cases(target, draw_cases(seed, town, span)))
        shutoffs = pool.submit(lambda: _write_shutoffs(target, draw_shutoffs(seed, town, span)))
        tell("affordable housing")
        supply, supply_truth = draw_supply(seed, town, households=households)
        _write_supply(target, supply)
        needs, needs_truth = draw_needs(seed, town, span)
        write_csv(target / "feeds" / "211" / "requests_by_zip.csv", needs)
        center = draw_center(seed, span, households=households)
        for name, table in center.tables.items():
            write_csv(target / "feeds" / "center" / f"{name}.csv", table)
        parts = {"requests_311": requests.result(), "court": cases.result(), "utility": shutoffs.result()}
    truth = {
        "seed": seed,
        "households": households,
        "months": months,
        "calendar": calendar_truth(span),
        "canaries": canaries(),
        "addresses": town_truth(town),
        "developments": supply_truth,
        "needs_211": needs_truth,
        "center": center.truth,
        **{name: {**part, "rejects": expected_rejects(part)} for name, part in parts.items()},
    }
    truth_file = _write_truth(target, truth)
    _write_folder(target, span)  # last: a folder with a city.toml is whole
    return DemoCity(target, truth_file, truth)


def _require_sane(folder: Path, households: int, months: int) -> None:
    if (folder / "city.toml").exists() and not (folder / TRUTH_FILE).exists():
        raise DeclarationError.of(str(folder), "", "holds a city that is no demo.", "Name another folder.")
    if households < FEWEST_HOUSEHOLDS:
        what = f"{households:,} households make no city."
        raise DeclarationError.of("--households", "", what, f"Ask for at least {FEWEST_HOUSEHOLDS:,}.")
    if not 1 <= months <= 120:
        raise DeclarationError.of("--months", "", f"{months} months are out of range.", "Ask for 1 to 120.")


def _clear(target: Path) -> None:
    """Takes away an earlier demo, of which no feed may stay behind."""
    (target / "city.toml").unlink(missing_ok=True)
    for name in ("feeds", "boundaries", "sources", "texts"):
        if (target / name).exists():
            shutil.rmtree(target / name)
    target.mkdir(parents=True, exist_ok=True)


def _write_folder(target: Path, span: Span) -> None:
    """The declarations, with the days that the feeds speak for."""
    words = {"first": str(span.first), "last": str(span.last_whole)}
    root = files("etl.demo") / "folder"
    for folder in ("", "sources", "texts"):
        for entry in (root / folder).iterdir():
            if entry.name.endswith(".toml"):
                _write_filled(target / folder / entry.name, entry, words)


def _write_filled(path: Path, template: Traversable, words: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(Template(template.read_text("utf-8")).substitute(words), encoding="utf-8")


def _write_addresses(target: Path, town: Town) -> None:
    units = pl.col("units")
    use = pl.when(units == 0).then(pl.lit("COM")).when(units == 1).then(pl.lit("RES-SF")).otherwise(pl.lit("RES-MF"))
    frame = town.addresses.select(
        ADDRESS_ID="address_id",
        ADDR_NUM="number",
        ST_PREDIR="direction",
        ST_NAME="street",
        ST_TYPE="type",
        FULL_ADDR="full",
        MUNICIPALITY=pl.lit("Alderbank"),
        ZIP="zip",
        USE_CODE=use,
        RES_UNITS="units",
        RENTER_UNITS="renter_units",
        ACCOUNTS="accounts",
        LATITUDE="lat",
        LONGITUDE="lng",
        X_FEET="x_feet",
        Y_FEET="y_feet",
        STATUS=pl.lit("Active"),
    )
    write_zip(target / "feeds" / "addresses" / "address_points.zip", {"address_points.csv": frame.write_csv().encode()})


def _write_requests(target: Path, requests: Requests) -> dict[str, Any]:
    for year, part in requests.by_year.items():
        junk = [line.format(rows=part.height) for line in requests.junk]
        write_csv(target / "feeds" / "311" / f"requests_{year}.csv", part, junk=junk)
    return requests.truth


def _write_cases(target: Path, cases: Cases) -> dict[str, Any]:
    junk = [line.format(rows=cases.feed.height) for line in cases.junk]
    write_csv(target / "feeds" / "court" / "detainer_warrants.csv.gz", cases.feed, junk=junk)
    return cases.truth


def _write_shutoffs(target: Path, shutoffs: Shutoffs) -> dict[str, Any]:
    for year, part in shutoffs.by_year.items():
        title = [line.format(year=year) for line in shutoffs.title]
        junk = [line.format(rows=part.height) for line in shutoffs.junk]
        path = target / "feeds" / "utility" / f"shutoffs_{year}.xlsx"
        write_workbook(path, utility.SHEET, part, title=title, junk=junk)
    return shutoffs.truth


def _write_supply(target: Path, supply: pl.DataFrame) -> None:
    features = [
        {
            "type": "Feature",
            "properties": row,
            "geometry": {"type": "Point", "coordinates": [row["Longitude"], row["Latitude"]]},
        }
        for row in supply.to_dicts()
    ]
    write_geojson(target / "feeds" / "housing" / "affordable_developments.geojson", features)


def _write_truth(target: Path, truth: dict[str, Any]) -> Path:
    path = target / TRUTH_FILE
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(truth, file, indent=1, sort_keys=True)
    return path
