"""Three agencies whose records change night by night, all of it from a seed: what stands in their books on any night.

A record comes late now and then, gets its outcome later, is corrected (day, category or place) or sealed. What an
agency sends of it on a night, and how badly, is told in `tests.year.sending`.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import polars as pl

from etl.demo.addresses import build_town
from etl.demo.calendar import span_of
from etl.demo.court import draw_cases
from etl.demo.geography import draw_geography
from etl.demo.requests import draw_requests
from etl.demo.utility import draw_shutoffs

SEED, HOUSEHOLDS = 5, 1000
BUSY = 4
"""Feeds of so many like cities are put together, so that a small one has enough to tell of."""
Row = dict[str, str]
Version = tuple[date, Row | None]
"""From that night on a record says this; None: it is gone."""

_DAY = timedelta(days=1)
_LATE_SHARE, _CORRECTED_SHARE, _SEALED_SHARE, _AT_ONCE_SHARE = 0.15, 0.12, 0.05, 0.06


@dataclass
class Book:
    """The records of one agency: id to what it says of it, from which night on."""

    id: str
    day: str
    columns: tuple[str, ...]
    versions: Mapping[str, Sequence[Version]] = field(default_factory=dict)

    def on(self, night: date) -> dict[str, Row]:
        """Every record that stands in the book on that night."""
        found = {key: _last(versions, night) for key, versions in self.versions.items()}
        return {key: last[1] for key, last in found.items() if last and last[1] is not None}

    def changed(self, night: date) -> dict[str, date]:
        """Id to the night since which a record says what it says, or is gone."""
        found = {key: _last(versions, night) for key, versions in self.versions.items()}
        return {key: last[0] for key, last in found.items() if last}

    def gone(self, night: date) -> set[str]:
        """The records that were there, or should have come, and are sealed."""
        found = {key: _last(versions, night) for key, versions in self.versions.items()}
        return {key for key, last in found.items() if last and last[1] is None}

    def sealed_lately(self, night: date, nights: int) -> list[Row]:
        """What records said that were sealed in these last nights."""
        first = night - nights * _DAY
        ends = [v[-2:] for v in self.versions.values() if len(v) > 1 and v[-1][1] is None and first < v[-1][0] <= night]
        return [before for (_, before), _ in ends if before is not None]


@dataclass(frozen=True)
class Kind:
    """How an agency keeps records: its columns for id, day, place and category, and when what follows is known."""

    id: str
    day: str
    place: tuple[str, ...]
    category: str
    later: tuple[tuple[str, tuple[str, ...]], ...]
    """A column with a day, and the columns that are empty until then."""


COURT = Kind(
    "DOCKET NUMBER", "FILE DATE", ("DEFENDANT ADDRESS", "UNIT", "ZIP"), "DISPOSITION",
    (("DISPOSITION DATE", ("DISPOSITION", "DISPOSITION DATE", "DEF APPEARED", "DEF ATTORNEY", "MEDIATED")),
     ("WRIT EXECUTED", ("WRIT EXECUTED",))),
)  # fmt: skip
REQUESTS = Kind(
    "sr_number", "opened", ("street_address", "apartment", "zip", "latitude", "longitude"), "type",
    (("closed", ("closed", "status")),),
)  # fmt: skip
UTILITY = Kind(
    "Work Order", "Scheduled Date", ("Account Number", "Service Address", "Unit", "ZIP"), "Outcome",
    (("Outcome Date", ("Outcome", "Outcome Date")),),
)  # fmt: skip
_OPEN = {"status": "Open"}


def books(first: date, last: date, *, months: int, at_once: Mapping[str, date]) -> dict[str, Book]:
    """Source to its agency's book, with all that will happen in it between two nights.

    It begins so many months before November 2026. `at_once`: the night on which a source seals many records.
    """
    town = build_town(SEED, draw_geography(SEED, households=HOUSEHOLDS), households=HOUSEHOLDS)
    span = span_of(months)
    kinds = {"court": COURT, "requests_311": REQUESTS, "utility": UTILITY}
    drawn: dict[str, tuple[Kind, list[Row]]] = {name: (kind, []) for name, kind in kinds.items()}
    for number in range(BUSY):
        desk = pl.concat(draw_requests(SEED + number, town, span).by_year.values())
        for name, frame in (
            ("court", draw_cases(SEED + number, town, span).feed),
            ("requests_311", desk.rename({column: column.lower().replace(" ", "_") for column in desk.columns})),
            ("utility", pl.concat(draw_shutoffs(SEED + number, town, span).by_year.values())),
        ):
            kind, rows = drawn[name]
            rows += [{**row, kind.id: f"{row[kind.id]}{'ABCD'[number]}"} for row in _texts(frame, kind)]
    return {name: _book(kind, rows, first, last, name, at_once.get(name)) for name, (kind, rows) in drawn.items()}


def day_of(text: str) -> date:
    """The day of a date as the feeds write it."""
    form = "%m/%d/%Y" if "/" in text else "%Y-%m-%d"
    return datetime.strptime(text[:10], form).date()  # noqa: DTZ007 - a day of the city's calendar


def _texts(frame: pl.DataFrame, kind: Kind) -> list[Row]:
    """The rows as text, without the planted faults that a record could not be told by."""
    sound = frame.with_columns(pl.all().cast(pl.String).fill_null("")).filter(
        pl.col(kind.id) != "", pl.col(kind.day) != ""
    )
    return sound.unique(kind.id, keep="first", maintain_order=True).to_dicts()


def _book(kind: Kind, rows: Sequence[Row], first: date, last: date, name: str, at_once: date | None) -> Book:
    chance = random.Random(f"{SEED} {name}")
    nights = (last - first).days
    histories = {row[kind.id]: _history(kind, row, chance) for row in rows}
    edits = int(len(rows) * _CORRECTED_SHARE)
    for number, key in enumerate(chance.sample(sorted(histories), edits)):
        night = first + chance.randint(1, nights) * _DAY
        change = _corrections(kind, rows, chance)[number % 3]
        histories[key] = _edited(histories[key], night, change)
    for key in chance.sample(sorted(histories), int(len(rows) * _SEALED_SHARE)):
        night = first + chance.randint(1, nights) * _DAY
        histories[key] = _sealed(histories[key], night)
    for key in chance.sample(sorted(histories), int(len(rows) * _AT_ONCE_SHARE)) if at_once else ():
        histories[key] = _sealed(histories[key], min(at_once, _gone(histories[key]) or at_once))
    return Book(kind.id, kind.day, tuple(rows[0]), histories)


def _history(kind: Kind, row: Row, chance: random.Random) -> list[Version]:
    """A record as it becomes known: when it comes, and with each later day that it tells."""
    late = chance.randint(4, 60) if chance.random() < _LATE_SHARE else chance.randint(1, 3)
    came = day_of(row[kind.day]) + late * _DAY
    known = {day: day_of(row[day]) + _DAY if row[day] else None for day, _ in kind.later}
    nights = sorted({came, *(night for night in known.values() if night and night > came)})

    def told(night: date) -> Row:
        hidden = [name for day, names in kind.later for name in names if (known[day] or date.max) > night]
        return {**row, **{name: _OPEN.get(name, "") for name in hidden}}

    return [(night, told(night)) for night in nights]


def _corrections(kind: Kind, rows: Sequence[Row], chance: random.Random) -> list[Callable[[Row], Row]]:
    other = chance.choice(rows)
    back = chance.randint(1, 40)

    def earlier(row: Row) -> Row:
        day = day_of(row[kind.day])
        form = "%m/%d/%Y" if "/" in row[kind.day] else "%Y-%m-%d"
        return {**row, kind.day: f"{day - back * _DAY:{form}}{row[kind.day][10:]}"}

    def elsewhere(row: Row) -> Row:
        return {**row, **{name: other[name] for name in kind.place}}

    def otherwise(row: Row) -> Row:
        return {**row, kind.category: other[kind.category]} if row[kind.category] else row

    return [earlier, elsewhere, otherwise]


def _edited(history: Sequence[Version], night: date, change: Callable[[Row], Row]) -> list[Version]:
    """The history in which a record is corrected in one night, and stays so."""
    before = [each for each in history if each[0] < night]
    after = [(when, row and change(row)) for when, row in history if when >= night]
    now = [(night, before[-1][1] and change(before[-1][1]))] if before else []
    return [*before, *(each for each in now if not after or after[0][0] > night), *after]


def _sealed(history: Sequence[Version], night: date) -> list[Version]:
    """The history of a record that is gone from one night on."""
    return [*(each for each in history if each[0] < night), (night, None)]


def _gone(history: Sequence[Version]) -> date | None:
    """The night since which a record is gone."""
    return history[-1][0] if history[-1][1] is None else None


def _last(versions: Sequence[Version], night: date) -> Version | None:
    return next((each for each in reversed(versions) if each[0] <= night), None)
