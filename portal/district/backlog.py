"""What is still open: the backlog of requests about places, by category, with the age of the oldest."""

from collections.abc import Collection
from functools import lru_cache

import polars as pl
from dash.development.base_component import Component

from layers.measures import Status
from layers.period import Grain
from layers.release import MeasureInfo
from layers.store.reader import Release
from portal.district.focus import DISTRICT
from portal.district.oldest import OLDEST, OPEN, oldest_cell
from portal.frame.elements import html
from portal.frame.tables import Cell, figure_cell, sortable
from portal.language import _
from portal.queries.figure import NOTHING, Figure
from portal.queries.offer import offer_of
from portal.releases import Releases
from portal.words.figures import figure_text, unit_text
from portal.words.released import told
from portal.words.wording import day_text

TOPIC = "service_requests"
MOST = 10


def backlog(
    releases: Releases, unit: str, *, geography: str = DISTRICT, whole: str = "all", only: Collection[str] = ()
) -> Component | None:
    """The section; None where the city publishes no open requests. `whole` is the category that it is summed up by,
    `only` the ones that are listed, all where none is named."""
    release = releases.release(TOPIC)
    measure = release.manifest.measure(OPEN) if release else None
    if release is None or measure is None or geography not in offer_of(release).geographies(OPEN):
        return None
    waiting, oldest = (open_now(release, name, unit, geography) for name in (OPEN, OLDEST))
    if not waiting:
        return None
    age = release.manifest.measure(OLDEST)
    manifest = release.manifest
    keys = sorted(
        (
            each.key
            for each in manifest.groups
            if (waiting.get(each.key, NOTHING).value or 0) > 0 and (not only or each.key in only)
        ),
        key=lambda key: (-(waiting[key].value or 0), manifest.group_title(key)),
    )[:MOST]
    heads = [_("Category"), told(measure.title), *([_("Oldest open, days")] if age else [])]
    body = [_row(told(manifest.group_title(key)), key, (measure, waiting), (age, oldest)) for key in keys]
    said = {
        "day": day_text(manifest.as_of), "first": day_text(manifest.covers_from),
        "figure": _with_unit(waiting.get(whole, NOTHING), measure),
    }  # fmt: skip
    lead = (
        _("{figure} still open on {day}, of all opened since {first}; the oldest has waited {oldest}.",
          oldest=_with_unit(oldest.get(whole, NOTHING), age), **said)
        if age and oldest.get(whole, NOTHING).shown
        else _("{figure} still open on {day}, of all opened since {first}.", **said)
    )  # fmt: skip
    parts = [html.H2(_("Backlog")), html.P(lead)]
    if body:
        parts.append(sortable(_("Open requests by category, most first"), heads, body, key=f"open{unit}{release.id}"))
    return html.Section(parts, className="an-chart-box")


@lru_cache(maxsize=512)
def open_now(release: Release, measure: str, unit: str, geography: str = DISTRICT) -> dict[str, Figure]:
    """Category → open requests of all years (added up) or the age of the oldest of them (the highest).

    A year that is hidden makes the sum unknown, never smaller.
    """
    rows = release.counts(
        measure=measure, geography=geography, unit=unit, grain=Grain.YEAR, columns=("category", "status", "value")
    )
    value = pl.col("value").sum() if measure == OPEN else pl.col("value").max()
    found = rows.group_by("category").agg(value=value, hidden=(pl.col("status") == "hidden").any(),
                                          any=pl.col("value").is_not_null().any())  # fmt: skip
    return {row["category"]: _figure(row) for row in found.iter_rows(named=True)}


def _figure(row: dict[str, object]) -> Figure:
    if row["hidden"]:
        return Figure(Status.HIDDEN)
    value = row["value"]
    if not row["any"] or not isinstance(value, float):
        return NOTHING
    return Figure(Status.VALUE if value else Status.ZERO, value)


def _with_unit(figure: Figure, measure: MeasureInfo) -> str:
    return " ".join(part for part in (figure_text(figure, measure), unit_text(figure, measure)) if part)


def _row(
    title: str,
    key: str,
    waiting: tuple[MeasureInfo, dict[str, Figure]],
    oldest: tuple[MeasureInfo | None, dict[str, Figure]],
) -> list[Cell]:
    cells = [Cell(title, title), figure_cell(waiting[1].get(key, NOTHING), waiting[0])]
    if oldest[0] is None:
        return cells
    return [*cells, oldest_cell(oldest[1].get(key, NOTHING), waiting[1].get(key, NOTHING), oldest[0])]
