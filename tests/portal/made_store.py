"""A small store made by hand, with every topic, every status and every kind of place; published as any release is."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import polars as pl

from layers.measures import Kind
from layers.period import Grain
from layers.release import Certify, ReleaseDraft, StoreStatus, TopicStatus
from layers.store.publisher import publish, write_status
from layers.topics import topic as topic_named
from tests.portal.made_figures import exact_rows, measured_rows, rate_rows
from tests.portal.made_manifest import AGENCIES, draft_of
from tests.portal.made_places import AS_OF, BUILT, EXACT, Places

_PROTECTED = {"evictions": ("homes_filed", "homes_disposed"), "shutoffs": ("homes_scheduled",)}


def make_store(
    folder: Path, *, size: int = 3, certifier: Callable[[ReleaseDraft], Certify] | None = None,
    changed: Callable[[ReleaseDraft], ReleaseDraft] = lambda draft: draft,
) -> Path:  # fmt: skip
    """Publish the five topics into `folder` and return it. With a certifier, protected ones also get their zones.

    `changed` makes of each release what is published.
    """
    place = Places(size)
    for draft in map(
        changed,
        (
            requests_draft(place),
            _protected(place, "evictions"),
            _protected(place, "shutoffs"),
            *stock_drafts(place),
        ),
    ):
        if certifier is not None:
            zones = place.partition() if draft.manifest["protection"] else None
            publish(replace(draft, zones=zones, certify=certifier(draft)), folder, built_at=BUILT)
        else:
            publish(draft, folder, built_at=BUILT)
    topics = tuple(
        TopicStatus(
            topic=name, title=topic_named(name).title, release=None, as_of=AS_OF, last_run=BUILT, last_success=BUILT,
            next_due=BUILT, late=name == "shutoffs", held=False, reason="",
        )
        for name in ("service_requests", "evictions", "shutoffs", "housing_supply", "households")
    )  # fmt: skip
    write_status(folder, StoreStatus(written_at=BUILT, clock=AS_OF, topics=topics))
    return folder


def requests_draft(place: Places) -> ReleaseDraft:
    declared = topic_named("service_requests")
    groups = [g.key for g in declared.groups if g.kind != "sensitive"]
    places = [g.key for g in declared.groups if g.kind == "place"]
    exact, home = [m for m in declared.measures if m.regime == "exact"], declared.measure("homes")
    assert home is not None
    frames = []
    for measure in exact:
        kept = EXACT if measure.name == "requests" else EXACT[:5]
        for geography in kept:
            for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR):
                if geography.startswith("h3") and grain is Grain.QUARTER:
                    continue
                agencies = [f"agency_{each['id']}" for each in AGENCIES if each["groups"]]
                told = () if geography.startswith("h3") else agencies
                frames.append(exact_rows(place, measure, geography, grain, ("all", *places, *told)))
    frames += [rate_rows(place, frame, "requests", Kind.RATE) for frame in frames if frame["measure"][0] == "requests"]
    frames += measured_rows(place, "service_requests", home, [k for k in groups if k not in places])
    return draft_of(place, "service_requests", frames, (*EXACT, "zone1", "zone2"))


def _protected(place: Places, name: str) -> ReleaseDraft:
    declared = topic_named(name)
    frames: list[pl.DataFrame] = []
    for wanted in _PROTECTED[name]:
        measure = declared.measure(wanted)
        assert measure is not None
        frames += measured_rows(place, name, measure, [g.key for g in declared.groups])
    return draft_of(place, name, frames, ("city", "district", "neighborhood", "zone1", "zone2"))


def stock_drafts(place: Places) -> Iterable[ReleaseDraft]:
    for name in ("housing_supply", "households"):
        declared = topic_named(name)
        groups = ["all", *(g.key for g in declared.groups)]
        frames = [exact_rows(place, m, g, Grain.YEAR, groups, share=0.3) for m in declared.measures for g in EXACT]
        if name == "housing_supply":
            frames += [
                rate_rows(place, frame, "units", Kind.RATE) for frame in frames if frame["measure"][0] == "units"
            ]
        yield draft_of(place, name, frames, EXACT)
