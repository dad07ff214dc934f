"""Exactly what a page shows, as a file: the same rows, with the caveats above them and the as-of in the name."""

import csv
import io
from collections.abc import Generator, Iterable
from datetime import date, timedelta

import polars as pl

from layers.measures import STATUS_MEANING, Regime
from layers.period import Grain, period_label
from layers.release import Manifest
from layers.store.reader import Release
from portal.language import SOURCE, speaking
from portal.queries.rolling import WEEKS, four_weeks
from portal.view import View
from portal.words.wording import day_text

COLUMNS = (
    "topic", "measure", "category", "category_title", "geography", "unit", "unit_name", "grain", "kind", "period",
    "period_label", "status", "value", "low", "high", "flag",
)  # fmt: skip
"""The columns of a release's table, and the words that go with three of them."""


_AHEAD = timedelta(weeks=WEEKS - 1)
"""From the Monday that names four weeks to the last of their Mondays."""
_LAST = date.max - _AHEAD
CSV = "text/csv; charset=utf-8"
_ROWS_AT_ONCE = 10_000
"""Of a file that is sent: a whole topic has a million rows, which as one text would be a gigabyte for each reader."""


def rows_of(release: Release, view: View) -> pl.DataFrame:
    """The rows of the view, in the release's order, with names for categories, places and periods. No row limit."""
    return with_words(release.manifest, view_rows(release, view)).select(COLUMNS)


def view_rows(release: Release, view: View) -> pl.DataFrame:
    """The same rows without the names."""
    unit = [view.unit, *(view.compare or "").split(",")] if view.unit else None
    windows = view.grain == Grain.ROLLING_4W.value
    places = [each.split(":", 1) for each in (view.places or "").split(",") if each]
    rows = release.counts(
        measure=view.measure,
        category=view.category,
        geography=[kind for kind, _id in places] if places else view.geography,
        unit=[id_ for _kind, id_ in places] if places else [each for each in unit if each] if unit else None,
        grain=Grain.WEEK.value if windows else view.grain,
        first=view.from_,
        last=min(view.to, _LAST) + _AHEAD if view.to and windows else view.to,
    )
    if places:
        rows = rows.filter(pl.concat_str("geography", "unit", separator=":").is_in((view.places or "").split(",")))
    if windows:
        exact = _exact_counts(release.manifest)
        weeks = rows.filter(pl.col("measure").is_in(exact))
        rows = four_weeks(weeks, by=("measure", "category", "geography", "unit")).with_columns(grain=pl.lit(view.grain))
    return rows


def most_rows(release: Release, view: View) -> int:
    """As many rows as the view can have, known before any is read. 0 where it names places: those have few."""
    if view.unit or view.places:
        return 0
    grain = Grain.WEEK.value if view.grain == Grain.ROLLING_4W.value else view.grain
    asked = (view.measure, view.geography, grain, view.category)
    return sum(
        rows
        for table, rows in release.contents.items()
        if all(wanted in (None, has) for wanted, has in zip(asked, table, strict=True))
    )


def with_words(manifest: Manifest, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `category_title`, `unit_name` and `period_label`."""
    keys = rows["category"].unique().to_list()
    titles = {key: manifest.group_title(key) for key in keys}
    names = {
        f"{geography.name}/{unit.id}": unit.name for geography in manifest.geographies for unit in geography.units
    } | {"city/city": manifest.city.name}
    spans = rows.select("grain", "period").unique()
    labels = {f"{grain}/{start}": period_label(start, Grain(grain)) for grain, start in spans.iter_rows()}
    return rows.with_columns(
        category_title=pl.col("category").replace_strict(titles, default=None, return_dtype=pl.String),
        unit_name=pl.format("{}/{}", "geography", "unit").replace_strict(names, default=None, return_dtype=pl.String),
        period_label=pl.format("{}/{}", "grain", "period").replace_strict(labels, default=None, return_dtype=pl.String),
    )


def _exact_counts(manifest: Manifest) -> list[str]:
    """Measures whose weeks may be added up."""
    return [m.name for m in manifest.measures if m.extensive and m.regime is Regime.EXACT]


def csv_text(manifest: Manifest, view: View, rows: pl.DataFrame) -> str:
    """Comment lines (`# …`) with title, as-of, caveats and the five statuses; then header and rows."""
    return _notes(manifest, view, rows.height) + rows.write_csv()


def csv_parts(manifest: Manifest, view: View, rows: pl.DataFrame) -> Generator[str]:
    """The same text in parts, each written when it is sent. `rows` without words."""
    yield _notes(manifest, view, rows.height)
    for at in range(0, max(rows.height, 1), _ROWS_AT_ONCE):
        part = with_words(manifest, rows.slice(at, _ROWS_AT_ONCE)).select(COLUMNS)
        yield part.write_csv(include_header=at == 0)


def _notes(manifest: Manifest, view: View, rows: int) -> str:
    return "".join(f"# {line}\n" for line in header_notes(manifest, view, rows))


def header_notes(manifest: Manifest, view: View, rows: int) -> list[str]:
    """What must be said beside the figures: what they are, of when, with which margins and cautions.

    In English whoever asks: a file's bytes do not depend on the reader's language.
    """
    with speaking(SOURCE):
        return list(_header_notes(manifest, view, rows))


def _header_notes(manifest: Manifest, view: View, rows: int) -> Iterable[str]:
    measure = manifest.measure(view.measure) if view.measure else None
    yield f"{manifest.city.name}: {manifest.title}{f' - {measure.title}' if measure else ''}"
    yield f"As of {day_text(manifest.as_of)}, release {manifest.release}; {rows} rows; license {manifest.license}"
    if measure:
        yield measure.help
    if manifest.protection:
        yield (
            "Figures of a measured kind carry a small random amount; low and high are the range in which the true "
            f"figure lies with 90 % confidence. Below {manifest.protection.floor} the status is hidden."
        )
    yield from manifest.caveats
    yield from manifest.notes
    yield "An empty value is explained by status: " + "; ".join(
        f"{status.value} = {text}" for status, text in STATUS_MEANING.items()
    )


def file_name(release: Release, view: View, ending: str) -> str:
    """`evictions_homes_filed_district_month_2026-01_as-of_2026-11-15.csv`: what was asked, and of which day."""
    asked = [view.measure, view.category, view.geography, view.unit, view.grain, _month(view.from_), _month(view.to)]
    parts = [release.topic, *(each for each in asked if each), "as-of", release.manifest.as_of.isoformat()]
    safe = ["".join(c if c.isalnum() or c in "-_" else "-" for c in part) for part in parts]
    return f"{'_'.join(safe)}.{ending}"


def _month(moment: date | None) -> str | None:
    return moment.isoformat() if moment else None


def dictionary_csv(rows: Iterable[tuple[str, str, str]]) -> str:
    """Name, type and meaning of each column, as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("column", "type", "meaning"))
    writer.writerows(rows)
    return text.getvalue()
