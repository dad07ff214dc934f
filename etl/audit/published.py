"""Everything ever published, as an intruder collects it: the files of every release of every tier, nothing else."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl


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

    @property
    def protection(self) -> dict[str, Any] | None:
        """What the manifest says about protection; None where nothing is protected."""
        found: dict[str, Any] | None = self.manifest.get("protection")
        return found

    @property
    def measured(self) -> tuple[str, ...]:
        """The counts (not rates) that concern homes."""
        return tuple(m["name"] for m in self.manifest["measures"] if m["regime"] == "measured" and m["kind"] == "count")


@dataclass(frozen=True)
class Published:
    """All releases, oldest first within a tier and topic; `draft` ones are about to be published."""

    releases: tuple[PublishedRelease, ...]

    def of(self, topic: str | None = None, tier: str | None = None) -> tuple[PublishedRelease, ...]:
        """The releases of one topic or tier, or of all."""
        return tuple(r for r in self.releases if topic in (None, r.topic) and tier in (None, r.tier))

    @property
    def protected(self) -> tuple[PublishedRelease, ...]:
        """The releases with figures about homes."""
        return tuple(r for r in self.releases if r.protection is not None)


def published(stores: Mapping[str, Sequence[Path]]) -> Published:
    """Everything under the store folders of each tier: stores on the wall, and staging folders of the same layout."""
    found = [
        PublishedRelease(tier, folder.parent.name, folder.name, folder)
        for tier, stores_of_tier in stores.items()
        for store in stores_of_tier
        for folder in sorted(store.glob("releases/*/*"))
        if (folder / "manifest.json").exists()
    ]
    unique = {(r.tier, r.topic, r.id): r for r in found}
    return Published(tuple(unique[key] for key in sorted(unique)))
