"""An agency that answers with what changed, a city that reads it night after night, and what is kept of it."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import polars as pl

from etl.city import City, Source
from etl.city.models import CitySettings
from etl.context import Context
from etl.feeds.feed import Feed, read_feed, sweep
from etl.feeds.snapshots import expire
from etl.fetch import connector
from etl.fetch.connector import Fetched, Request
from etl.folders import Folders
from etl.geography.places import Places
from etl.progress import Silent
from etl.state import open_state, sqlite_url
from etl.takenback.purging import finish_open
from etl.vault import Vault, sweep_vaults
from tests.etl.declared import city_areas, source

FIRST = date(2026, 10, 1)
FIELDS = {"id": "Id", "created": "Created", "category": "Type", "lat": "Lat", "lng": "Lng"}
CHANGED_AT = "Changed at"
COLUMNS = (*FIELDS.values(), "Kind", "Changed", CHANGED_AT)
CODES = {"potholes": ["pot"], "heat_and_hot_water": ["heat"], "sensitive": ["welfare"]}
Row = Mapping[str, str]


def row(number: str, created: str = "09/03/2026", kind: str = "pot", **more: str) -> dict[str, str]:
    """A row of the agency's, inside the city."""
    place = {"Lat": "36.03", "Lng": f"-83.{850 + sum(map(ord, number)) % 100}"}
    return {"Id": number, "Created": created, "Type": kind, "Kind": "request", **place, **more}


@dataclass
class Agency:
    """Rows by id as they now stand, the night each was last changed, and what was deleted when."""

    rows: dict[str, dict[str, str]] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)
    night: int = 0
    asked: list[str | None] = field(default_factory=list)
    says_nothing_changed: bool = False

    kind = "csv"

    def put(self, *rows: Row, late: int = 0) -> None:
        for each in rows:
            self.rows[each["Id"]] = dict(each)
            self.changed[each["Id"]] = self.night - late
            self.deleted.pop(each["Id"], None)

    def delete(self, *ids: str) -> None:
        for each in ids:
            if self.rows.pop(each, None):
                self.deleted[each] = self.night

    def list_as_deleted(self, *ids: str) -> None:
        """The rows are still shown."""
        self.deleted |= dict.fromkeys(ids, self.night)

    def fetch(self, declared: Any, request: Request) -> Fetched:
        self.asked.append(request.since)
        if request.since is not None and self.says_nothing_changed:
            return Fetched((), unchanged=True, watermark=request.since)
        since = None if request.since is None else int(request.since) - request.overlap.days
        chosen = [r for key, r in self.rows.items() if since is None or self.changed[key] >= since]
        gone = tuple(key for key, night in self.deleted.items() if since is not None and night >= since)
        request.arriving.mkdir(parents=True, exist_ok=True)
        file = request.arriving / "feed.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, COLUMNS, restval="")
            writer.writeheader()
            writer.writerows({**each, CHANGED_AT: _moment(self.changed[each["Id"]])} for each in chosen)
        return Fetched(
            (file,),
            complete=since is None,
            watermark=str(self.night),
            deleted=gone,
            deleted_at=tuple(_moment(self.deleted[key]) for key in gone),
            changed_at=CHANGED_AT,
            own=True,
        )

    def read(self, declared: Any, files: Any, scratch: Path) -> pl.LazyFrame:
        return connector("csv").read(declared, files, scratch)


def _moment(night: int) -> str:
    return f"night {night + 1000:04d}"


def feed_source(**said: Any) -> Source:
    """Requests that may concern a place, a home or nobody's business; rows of another kind are left out."""
    declared = {
        "dates": {"formats": ["%m/%d/%Y"]},
        "refresh": {"mode": "changes", "overlap_days": 2, "whole_every_days": 30},
        "categories": CODES,
        "rows": [{"column": "Kind", "keep": ["request"], "meaning": "Others are notes."}],
        "limits": {"max_reject_share": 1.0},
        "covers": {"from": "2026-01-01"},
    }
    return source(FIELDS, **{**declared, **said})


class Nights:
    """A city in a folder that reads one agency."""

    def __init__(self, folder: Path, agency: Agency, declared: Source, *, areas: Any) -> None:
        self.agency, self.source = agency, declared
        self.beside: tuple[Source, ...] = ()
        folders = Folders(folder / "var")
        folders.prepare()
        settings = CitySettings.model_validate(
            {"id": "town", "name": "Town", "time_zone": "America/New_York", "center": {"lat": 36.05, "lng": -83.9}}
        )
        city = City(folder, settings, (), (), (), (declared,), {})
        now = datetime.combine(FIRST, datetime.min.time(), UTC) + timedelta(hours=12)
        self.context = Context(city, Places(areas), folders, open_state(sqlite_url(folders.private)), Silent(), now)

    @property
    def private(self) -> Path:
        return self.context.folders.private

    @property
    def vault(self) -> Vault:
        return Vault(self.private, self.source.topic, self.source.id)

    def run(self) -> Feed:
        """What a run does with the source."""
        now = self.context.now.replace(day=1) + timedelta(days=self.agency.night)
        context = replace(self.context, now=now, city=replace(self.context.city, sources=(self.source, *self.beside)))
        with mock.patch("etl.steps.ingest.connector", lambda kind: self.agency):
            sweep(context.folders.private)
            sweep_vaults(context.folders.private)
            finish_open(context)
            expire(context)
            return read_feed(context, self.source, None)

    def next_night(self) -> Feed:
        self.agency.night += 1
        return self.run()

    def told(self) -> list[dict[str, Any]]:
        return self.vault.scan().collect().to_dicts()


def areas_of(folder: Path) -> Any:
    return city_areas(folder)
