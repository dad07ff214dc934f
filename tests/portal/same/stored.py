"""The releases as they lie in the store, read without the portal: what every form is held against."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from zlib import crc32

import polars as pl
from starlette.testclient import TestClient

from layers.period import Grain
from portal.language import speaking
from portal.releases import Releases
from portal.view import View
from portal.words.released import told
from portal.words.wording import period_text
from tests.portal.same.reading import Screen
from tests.portal.same.said import Row

CITY = "city"
LANGUAGES = ("en", "es")


@dataclass(frozen=True)
class Key:
    """Names one row of one release."""

    topic: str
    release: str
    measure: str
    category: str
    geography: str
    unit: str
    grain: str
    period: date


class Stored:
    """A store with a portal over it."""

    def __init__(self, client: TestClient, releases: Releases) -> None:
        self.client, self.releases, self.screen = client, releases, Screen(client)
        self.thorough = False
        self.files: dict[Any, Any] = {}
        """Files of whole releases, as tables."""
        self.folder = releases.folder / "releases"
        self.current: dict[str, str] = json.loads((releases.folder / "current.json").read_text())

    @cached_property
    def _kept(self) -> dict[Any, Any]:
        return {}

    def manifest(self, topic: str, release: str | None = None) -> dict[str, Any]:
        name = topic, release or self.current[topic]
        if name not in self._kept:
            self._kept[name] = json.loads(self.path(*name).joinpath("manifest.json").read_text())
        found: dict[str, Any] = self._kept[name]
        return found

    def path(self, topic: str, release: str) -> Path:
        return self.folder / topic / release

    def rows(self, topic: str, release: str) -> pl.DataFrame:
        """The release's table, ordered, so that lots drawn from it are the same everywhere."""
        name = "rows", topic, release
        if name not in self._kept:
            order = ("measure", "category", "geography", "unit", "grain", "period")
            self._kept[name] = pl.read_parquet(self.path(topic, release) / "counts.parquet").sort(order)
        found: pl.DataFrame = self._kept[name]
        return found

    def places(self, key: Key) -> dict[str, Row]:
        """Unit → row of the key's measure, category, geography, grain and period."""
        name = replace(key, unit="")
        if name not in self._kept:
            info = self.measure(key)
            found = self._over_time(replace(name, period=date.min)).filter(pl.col("period") == key.period)
            self._kept[name] = {
                unit: Row(*values, info["decimals"], info["kind"] == "share")
                for unit, *values in found.select("unit", "status", "value", "low", "high", "flag").iter_rows()
            }
        kept: dict[str, Row] = self._kept[name]
        return kept

    def _over_time(self, key: Key) -> pl.DataFrame:
        """All places and periods of a measure: cut out of the release once."""
        if key not in self._kept:
            self._kept[key] = self.rows(key.topic, key.release).filter(
                (pl.col("measure") == key.measure) & (pl.col("category") == key.category)
                & (pl.col("geography") == key.geography) & (pl.col("grain") == key.grain)
            )  # fmt: skip
        found: pl.DataFrame = self._kept[key]
        return found

    def row(self, key: Key) -> Row | None:
        return self.places(key).get(key.unit)

    def measure(self, key: Key) -> dict[str, Any]:
        listed = self.manifest(key.topic, key.release)["measures"]
        return next(each for each in listed if each["name"] == key.measure)

    def titled(self, title: str, language: str, topic: str | None = None) -> tuple[str, str]:
        """Topic and name of the measure with that title."""
        for each in [topic] if topic else self.current:
            for measure in self.manifest(each)["measures"]:
                if _told(measure["title"], language) == title:
                    return each, measure["name"]
        raise AssertionError(f"no measure is called {title}")

    def category(self, key: Key, language: str) -> str:
        """The words of the key's category."""
        groups = self.manifest(key.topic, key.release)["groups"]
        return next((_told(each["title"], language) for each in groups if each["key"] == key.category), key.category)

    def unit_names(self, key: Key) -> dict[str, str]:
        """Name → unit of the key's geography, where units have names."""
        found = (g for g in self.manifest(key.topic, key.release)["geographies"] if g["name"] == key.geography)
        return {unit["name"]: unit["id"] for each in found for unit in each["units"]}

    def as_of(self, key: Key) -> date:
        return date.fromisoformat(self.manifest(key.topic, key.release)["as_of"])

    def covered(self, key: Key) -> date:
        """The first day that the release speaks for: with a period that began before it nothing is compared."""
        return date.fromisoformat(self.manifest(key.topic, key.release)["covers_from"])

    def labels(self, key: Key, language: str) -> dict[str, tuple[str, date]]:
        """Label → grain and first day of every period of the key's measure at its kind of place."""
        return dict(self._labels(key.topic, key.release, key.measure, key.geography, language))

    @cache  # noqa: B019 - a store lives as long as the test
    def _labels(self, topic: str, release: str, measure: str, geography: str, language: str) -> Any:
        rows = self.rows(topic, release).filter(measure=measure, geography=geography)
        spans = rows.select("grain", "period").unique().iter_rows()
        return {label(grain, start, language): (grain, start) for grain, start in spans}


@cache
def label(grain: str, start: date, language: str) -> str:
    """A period's name; blanks as one."""
    with speaking(language):
        return " ".join(period_text(start, Grain(grain)).split())


def _told(text: str, language: str) -> str:
    with speaking(language):
        return told(text)


@dataclass(frozen=True)
class Asked:
    """A view with the place that is looked at closely, in one language; `pinned` to its release, or of the newest."""

    stored: Stored
    key: Key
    language: str
    pinned: bool

    def query(self, **changes: Any) -> str:
        """The address of the map."""
        key = self.key
        view = View(
            topic=key.topic, measure=key.measure, category=key.category, geography=key.geography, grain=key.grain,
            from_=key.period, to=key.period, lang=self.language, as_of=key.release if self.pinned else None,
        )  # fmt: skip
        return view.query(**changes)

    @property
    def drawn(self) -> bool:
        """Whether there is a map of it."""
        return self.key.geography != CITY

    @property
    def redrawn(self) -> bool:
        """Whether it is also asked as a change of another view, compared and shared: every third; slowly each."""
        return self.stored.thorough or crc32(str(self).encode()) % 3 == 0

    def __str__(self) -> str:
        return f"{self.query()} unit={self.key.unit}"


def lots(stored: Stored, topic: str, release: str, seed: int, each: int, *, pinned: bool = False) -> Iterator[Asked]:
    """So many rows of every status, flagged ones and the city's, over all geographies, grains, measures, categories."""
    draw = random.Random(f"{seed}{topic}{release}")
    manifest = stored.manifest(topic, release)
    measures = [m["name"] for m in manifest["measures"]]
    drawn = [g["name"] for g in manifest["geographies"] if g["shapes"] and g["grains"]]
    rows = stored.rows(topic, release).filter(pl.col("measure").is_in(measures))
    mapped = rows.filter(pl.col("geography").is_in(drawn))
    kinds = [mapped.filter(pl.col("status") == status) for status in sorted(mapped["status"].unique())]
    kinds += [mapped.filter(pl.col("flag").is_not_null()), rows.filter(pl.col("geography") == CITY)]
    kinds.append(mapped.filter(pl.col("category").str.starts_with("agency_")))
    for kind in kinds:
        for _at in range(each if kind.height else 0):
            some = kind.filter(pl.col("geography") == draw.choice(sorted(kind["geography"].unique())))
            row = some.row(draw.randrange(some.height), named=True)
            names = ("measure", "category", "geography", "unit", "grain", "period")
            key = Key(topic, release, *(row[name] for name in names))
            yield Asked(stored, key, draw.choice(LANGUAGES), pinned)
