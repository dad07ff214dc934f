"""The demonstration city as cases: read, validated, located and divided into zones by the program's own run."""

import os
from datetime import date
from pathlib import Path

import polars as pl

from etl.__main__ import main
from etl.city import City
from etl.city.load import load_city
from etl.protect.calendar import Coverage
from etl.protect.frozen import FOLDER, frozen_zones
from tests.benchmarks.utility.case import Case

SOURCES = {"evictions": "court", "shutoffs": "utility"}
TITLES = {"evictions": "Alderbank (demonstration): eviction filings", "shutoffs": "Alderbank: scheduled shutoffs"}


def demo_cases(folder: Path, *options: str) -> list[Case]:
    """Both protected topics of the city in `folder`, which is written and run there if it is not yet.

    `options` are those of `etl demo`.
    """
    city, var = folder / "city", folder / "var"
    if not (city / "city.toml").exists():
        _etl("demo", str(city), *options)
    if not (var / "public" / "current.json").exists():
        _etl("run", str(city), *SOURCES, "--var", str(var))
    declared = load_city(city)
    return [_case(declared, var / "private", topic) for topic in SOURCES]


def _case(city: City, private: Path, topic: str) -> Case:
    source = next(s for s in city.sources_of(topic) if s.id == SOURCES[topic])
    as_of = city.settings.as_of
    assert isinstance(as_of, date), "the demonstration city's clock stands still"
    return Case(
        title=TITLES[topic],
        topic=topic,
        events=pl.read_parquet(_vault(private.parent, topic)),
        zones=_zones(private),
        coverage=Coverage(source.covers.from_, source.covers.to),
        as_of=as_of,
    )


def _zones(private: Path) -> pl.DataFrame:
    """The one partition of all years: the city's homes do not change."""
    by_year = list(frozen_zones(private / FOLDER).values())
    assert all(zones.equals(by_year[0]) for zones in by_year)
    return by_year[0]


def _vault(var: Path, topic: str) -> Path:
    return var / "private" / "vault" / topic / f"{SOURCES[topic]}.parquet"


def _etl(*arguments: str) -> None:
    code = main(arguments, os.environ)
    if code != 0:
        raise RuntimeError(f"etl {arguments[0]} ended with {code}")
