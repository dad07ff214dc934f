"""The demonstration city as cases: read, validated and located by the program's own steps; nothing is measured."""

import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from etl.__main__ import main
from etl.city import City
from etl.city.load import load_city
from etl.context import Context
from etl.feeds.feed import read_feed
from etl.folders import Folders
from etl.geography.addresses import read_homes
from etl.geography.places import load_places
from etl.geography.zoning import zoning_of
from etl.progress import progress_for
from etl.protect.calendar import Coverage
from etl.state import open_state, sqlite_url
from layers.policy import policy_for
from tests.benchmarks.utility.case import Case

TITLES = {
    "evictions": "Alderbank (demonstration): eviction filings",
    "shutoffs": "Alderbank (demonstration): scheduled shutoffs",
}


def demo_cases(folder: Path, *options: str) -> list[Case]:
    """Both protected topics of the city in `folder`, which is written and located there if it is not yet.

    `options` are those of `etl demo`.
    """
    city, located = folder / "city", folder / "located"
    if not (city / "city.toml").exists():
        code = main(["demo", str(city), *options], os.environ)
        if code != 0:
            raise RuntimeError(f"etl demo ended with {code}")
    declared = load_city(city)
    if not (located / "zones.parquet").exists():
        _locate(declared, folder)
    return [_case(declared, located, topic) for topic in TITLES]


def _locate(city: City, folder: Path) -> None:
    """Write the events of each topic and, last of all, the zones, as a run would use them."""
    folders = Folders(folder / "var")
    folders.prepare()
    state = open_state(sqlite_url(folders.private))
    now = datetime.now(UTC)  # of no matter: the clock of the demonstration city stands still
    progress = progress_for(as_json=False, out=sys.stderr, clock=lambda: now)
    context = Context(city, load_places(city), folders, state, progress, now)
    homes, directory = read_homes(context)
    assert homes.addresses is not None
    (folder / "located").mkdir(exist_ok=True)
    for topic in TITLES:
        (source,) = city.sources_of(topic)
        read_feed(context, source, directory).events.collect().write_parquet(folder / "located" / f"{topic}.parquet")
    policy = policy_for("evictions")
    sizes = (policy.zone0_homes, policy.zone1_homes, policy.zone2_homes)
    drawn = zoning_of(folders.private, homes.addresses, homes=sizes).drawn
    state.engine.dispose()
    drawn.write_parquet(folder / "located" / "zones.parquet")


def _case(city: City, located: Path, topic: str) -> Case:
    (source,) = city.sources_of(topic)
    as_of = city.settings.as_of
    assert isinstance(as_of, date), "the demonstration city's clock stands still"
    return Case(
        title=TITLES[topic],
        topic=topic,
        events=pl.read_parquet(located / f"{topic}.parquet"),
        zones=pl.read_parquet(located / "zones.parquet"),
        coverage=Coverage(source.covers.from_, source.covers.to),
        as_of=as_of,
    )
