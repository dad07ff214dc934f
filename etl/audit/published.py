"""Everything ever published, as an intruder collects it: the files of every release of every tier, nothing else."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from etl.audit.csvrows import rows_of
from etl.audit.intervals import MANY
from etl.feeds.parquetend import is_whole
from etl.unforeseen import store_damaged
from layers.measures import rate_name
from layers.period import Grain

TABLE: tuple[str, ...] = ("tier", "topic", "measure", "grain", "period")
"""What names one table of figures, whichever release holds it."""
KEY: tuple[str, ...] = ("tier", "topic", "measure", "category", "geography", "unit", "grain", "period")
"""What names one figure, whichever release holds it."""


@dataclass(frozen=True)
class PublishedRelease:
    """One release folder of a store, or of the staging folder that holds what would be published."""

    tier: str
    topic: str
    id: str
    folder: Path

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """As written; an intruder knows its keys."""
        manifest: dict[str, Any] = json.loads((self.folder / "manifest.json").read_bytes())
        return manifest

    @cached_property
    def counts(self) -> pl.DataFrame:
        """The long table."""
        return pl.read_parquet(self.folder / "counts.parquet")

    @cached_property
    def zones(self) -> pl.DataFrame | None:
        """The partition, where the release stands on one."""
        path = self.folder / "zones.parquet"
        return pl.read_parquet(path) if path.exists() else None

    def zones_of(self, year: int) -> pl.DataFrame | None:
        """The partition that figures of this calendar year stand on."""
        path = self.folder / f"zones-{year}.parquet"
        return pl.read_parquet(path) if path.exists() else self.zones

    @cached_property
    def partition(self) -> pl.DataFrame | None:
        """The partitions of all years that the release names, with `year`; without it, one that holds for all."""
        years = (self.protection or {}).get("zones_by_year") or ()
        if self.zones is None or not years:
            return self.zones
        found = ((told["year"], self.zones_of(told["year"])) for told in years)
        frames = [zones.with_columns(year=pl.lit(year, pl.Int32)) for year, zones in found if zones is not None]
        return pl.concat(frames, how="diagonal_relaxed")

    @property
    def protection(self) -> dict[str, Any] | None:
        """What the manifest says about protection; None where nothing is protected."""
        found: dict[str, Any] | None = self.manifest.get("protection")
        return found

    @property
    def measured(self) -> tuple[str, ...]:
        """The counts (not rates) that concern homes."""
        return tuple(m["name"] for m in self.manifest["measures"] if m["regime"] == "measured" and m["kind"] == "count")

    @property
    def of_homes(self) -> tuple[str, ...]:
        """The counts that concern homes, measured or exact."""
        return tuple(dict.fromkeys([*self.measured, *self.guarded.filter(answer="exact")["measure"].to_list()]))

    @property
    def about_homes(self) -> tuple[str, ...]:
        """Everything told about homes: counts, rates, and whatever else the manifest calls measured."""
        counts = set(self.guarded.filter(answer="exact")["measure"].to_list())
        exact = counts | {rate_name(count) for count in counts}
        return tuple(m["name"] for m in self.manifest["measures"] if m["regime"] == "measured" or m["name"] in exact)

    def csv_rows(self, path: Path) -> pl.DataFrame:
        """The rows about homes of one of its CSV downloads; read once, however many attacks ask."""
        if path.name not in self._csv:
            guarded = self.guarded["measure"].to_list()
            self._csv[path.name] = rows_of(path, list(dict.fromkeys([*self.about_homes, *guarded])))
        return self._csv[path.name]

    @cached_property
    def _csv(self) -> dict[str, pl.DataFrame]:
        return {}

    @property
    def editions(self) -> pl.DataFrame:
        """What the manifest says was measured anew: `measure`, `grain`, `period`, and `booked`, all that was measured
        anew there, as one text."""
        rows = [
            (measure["name"], grain.value, edition["period"], f"{edition['table']} {edition['edition']}")
            for edition in (self.protection or {}).get("editions", ())
            for measure in self.manifest["measures"]
            for grain in Grain
            if any(edition["table"].startswith(f"{family}-{grain.value}-") for family in _families(measure))
        ]
        columns = ("measure", "grain", "period", "booked")
        named = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String()), orient="row")
        together = named.group_by(columns[:-1]).agg(pl.col("booked").unique().sort().str.join(", "))
        return together.with_columns(pl.col("period").str.to_date(), **self.named())

    @property
    def built_at(self) -> datetime:
        """When it was published; two releases of one day have ids in no order."""
        told = self.manifest.get("built_at")
        return datetime.fromisoformat(told) if told else datetime.min.replace(tzinfo=UTC)

    def named(self) -> dict[str, pl.Expr]:
        """The columns `tier`, `topic`, `release`."""
        return {"tier": pl.lit(self.tier), "topic": pl.lit(self.topic), "release": pl.lit(self.id)}

    @cached_property
    def guarded(self) -> pl.DataFrame:
        """Counts that promise a floor, one a row: `measure`, `floor` and `answer`, the way they are protected.

        `measured`: noise, once. `exact`: a threshold alone. `source`: the agency's own counts with a threshold.
        """
        protection = self.protection or {}
        rows = [
            (m["name"], floor, _answer(m["regime"], protection.get("mode", "measured")))
            for m in self.manifest["measures"]
            if m["kind"] == "count" and (floor := _floor(m, protection)) is not None
        ]
        return pl.DataFrame(rows, schema={"measure": pl.String, "floor": pl.Int64, "answer": pl.String}, orient="row")

    @cached_property
    def figures(self) -> pl.DataFrame:
        """The rows of guarded counts, with what an intruder reads off each; see `Published.figures`."""
        rows = pl.scan_parquet(self.folder / "counts.parquet")
        wanted = self.guarded["measure"].to_list()
        found = rows.filter(pl.col("measure").is_in(wanted), pl.col("kind") == "count").collect()
        return _read_off(found.join(self.guarded, on="measure")).with_columns(**self.named())


@dataclass(frozen=True)
class Published:
    """All releases, oldest first within a tier and topic; `draft` ones are about to be published."""

    releases: tuple[PublishedRelease, ...]

    def of(self, topic: str | None = None, tier: str | None = None) -> tuple[PublishedRelease, ...]:
        """The releases of one topic or tier, or of all."""
        return tuple(r for r in self.releases if topic in (None, r.topic) and tier in (None, r.tier))

    @cached_property
    def told(self) -> dict[bool, pl.DataFrame]:
        """What `etl.audit.answers.answers` made of them, for attacks that ask for the same: with exact ones or not."""
        return {}

    @property
    def protected(self) -> tuple[PublishedRelease, ...]:
        """The releases with figures about homes."""
        return tuple(r for r in self.releases if r.protection is not None)

    @cached_property
    def figures(self) -> pl.DataFrame:
        """Every guarded count of every release: the columns of the long table, `tier`, `release`, `floor`, `answer`,
        `year`, `told` (a figure or `hidden`) and the whole homes it must be by its own words: `least` to `most`."""
        return pl.concat([_NO_FIGURES, *(r.figures.select(_NO_FIGURES.columns) for r in self.releases)])

    @cached_property
    def tables(self) -> pl.DataFrame:
        """`figures` without repetition: where two releases say the same of a table, the first one alone is kept."""
        said = self.figures.with_columns(
            pl.struct(*KEY, "status", "value", "low", "high", "flag", "floor").hash().alias("row")
        )
        told = said.group_by(*TABLE, "release").agg(content=pl.col("row").sum(), rows=pl.len())
        first = told.sort("release").unique([*TABLE, "content", "rows"], keep="first", maintain_order=True)
        return said.drop("row").join(first.select(*TABLE, "release"), on=[*TABLE, "release"], how="semi")


def published(
    stores: Mapping[str, Sequence[Path]],
    topic: str | None = None,
    *,
    built_at: Callable[[PublishedRelease], datetime] = lambda release: release.built_at,
) -> Published:
    """Everything under the store folders of each tier: stores on the wall, and staging folders of the same layout.

    Of one topic, if named. `built_at` tells when a release was published, perhaps from memory. Raises StorageFailed
    where a table of a release is damaged.
    """
    found = [
        PublishedRelease(tier, folder.parent.name, folder.name, folder)
        for tier, stores_of_tier in stores.items()
        for store in stores_of_tier
        for folder in sorted(store.glob(f"releases/{topic or '*'}/*"))
        if (folder / "manifest.json").exists()
    ]
    if not all(is_whole(path) for release in found for path in release.folder.glob("*.parquet")):
        raise store_damaged()
    unique = {(r.tier, r.topic, r.id): r for r in found}
    return Published(tuple(sorted(unique.values(), key=lambda r: (r.tier, r.topic, built_at(r), r.id))))


def _families(measure: dict[str, Any]) -> set[str]:
    return {table["family"] for table in measure.get("tables", ())}


def _floor(measure: dict[str, Any], protection: dict[str, Any]) -> int | None:
    """The floor that the manifest promises for a measure; the higher one where it says two."""
    said = [measure.get("floor")]
    if measure["regime"] == "measured":
        said.append(protection.get("floor"))
    return max((floor for floor in said if floor is not None), default=None)


def _answer(regime: str, mode: str) -> str:
    if regime == "source":
        return "source"
    return "exact" if mode == "exact" or regime == "exact" else "measured"


def _read_off(rows: pl.DataFrame) -> pl.DataFrame:
    shown, hidden = pl.col("value").is_not_null(), pl.col("status") == "hidden"
    return rows.with_columns(
        year=pl.col("period").dt.year(),
        told=shown | hidden,
        least=pl.when(shown).then("value").when(hidden).then(0.0),
        # a hidden count that is not measured may have been hidden to protect another: then nothing bounds it
        most=pl.when(shown)
        .then("value")
        .when(hidden & (pl.col("answer") != "measured") & pl.col("high").is_null())
        .then(pl.lit(MANY))
        .when(hidden)
        .then(pl.col("floor") - 1.0),
    )


_NO_FIGURES = pl.DataFrame(
    schema={
        **dict.fromkeys((*KEY[:-1], "status", "flag", "release", "answer"), pl.String()),
        "period": pl.Date(),
        **dict.fromkeys(("value", "low", "high", "least", "most"), pl.Float64()),
        "floor": pl.Int64(),
        "year": pl.Int32(),
        "told": pl.Boolean(),
    }
)
