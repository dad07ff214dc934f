"""The columns that a declaration names, against those that came: missing, renamed, written otherwise, new, gone."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from etl.city import Source
from etl.drift.columns import likeness
from etl.drift.finding import MEANING, NOTE, Finding, percent
from etl.drift.profile import Column, Profile

ALIKE = 0.8
"""Columns at least so alike, in what stands in them, may be one column under two names."""

_FEWEST = 20
_MOVED = 0.5
_SAME_NAME = 0.75


def declared_columns(source: Source) -> tuple[str, ...]:
    """Every column that the declaration names, once: of fields, of row filters, of counts."""
    named = [column for field in source.fields.values() for column in field.columns]
    named += [chosen.column.strip() for chosen in source.rows]
    if source.counted is not None:
        counted = source.counted
        period = [counted.period.column] if counted.period.column else []
        named += [name.strip() for name in (counted.unit, *period, *counted.values.values())]
    return tuple(dict.fromkeys(named))


def column_findings(
    columns: Sequence[Column], names: Sequence[str], source: Source, last: Profile | None
) -> Iterator[Finding]:
    """What changed of the columns. `names` are the feed's own, in the order of `columns`.

    The name of a column that no field uses is told only where it may be a declared one renamed, and the rest of the
    header is as declared: a feed that lost its header has a record's values for names.
    """
    declared = declared_columns(source)
    missing = [name for name in declared if name not in names]
    sound = len(missing) * 2 < len(declared)
    known = {column.mark for column in last.columns} if last else frozenset()
    before: dict[str | None, Column] = {column.name: column for column in (last.columns if last else ())}
    spare = {n: c for n, c in zip(names, columns, strict=True) if n not in declared and c.mark not in known}
    if missing and len(names) == 1:
        sentence = "Its header is one single column: is the delimiter right? Or does a title stand above the header?"
        yield Finding("one_column", "header", sentence, MEANING, after="one column")
    for name in missing:
        yield _missing(name, source, _renamed(name, before.get(name), spare) if sound else None)
    yield from _rewritten(columns, before, source)
    if last is not None:
        yield from _unused(columns, declared, last)


def _missing(name: str, source: Source, candidate: str | None) -> Finding:
    if candidate is None:
        sentence = f"The column {name!r}, which {_used_by(name, source)}, is missing."
        return Finding("column_missing", name, sentence, MEANING, before="there", after="missing")
    sentence = (
        f"The column {name!r}, which {_used_by(name, source)}, is missing; perhaps it is called {candidate!r} now. "
        f"If so: etl holds CITY map {source.id} {name!r} {candidate!r}."
    )
    return Finding("column_renamed", name, sentence, MEANING, before=name, after=candidate)


def _used_by(name: str, source: Source) -> str:
    users = [key for key, field in source.fields.items() if name in field.columns]
    return f"fills {' and '.join(users)}" if users else "the declaration names"


def _renamed(name: str, before: Column | None, spare: Mapping[str, Column]) -> str | None:
    """The new column that is most like the missing one: by what stands in it, or without a profile by its name."""
    for candidate in spare:
        if _plain(candidate) == _plain(name):
            return candidate
    scored = {candidate: _score(name, candidate, before, column) for candidate, column in spare.items()}
    best = max(scored, key=lambda each: scored[each], default=None)
    return best if best is not None and scored[best] > 0 else None


def _score(name: str, candidate: str, before: Column | None, column: Column) -> float:
    named = SequenceMatcher(None, _plain(name), _plain(candidate)).ratio()
    if before is None:
        return named if named >= _SAME_NAME else 0.0
    if before.kind == "blank":
        return 0.0
    alike = likeness(before, column)
    return alike + named / 10 if alike >= ALIKE else 0.0


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", name.casefold())


def _rewritten(columns: Sequence[Column], before: Mapping[str | None, Column], source: Source) -> Iterator[Finding]:
    ids = {name for key, field in source.fields.items() if key in ("id", "account") for name in field.columns}
    for column in columns:
        old = before.get(column.name) if column.name else None
        if column.name is None or old is None or min(_filled(old), _filled(column)) * 1000 < _FEWEST:
            continue
        for kind, was, now in (("numbers", old.numbers, column.numbers), ("dates", old.dates, column.dates)):
            if abs(was - now) > _MOVED:
                sentence = (
                    f"The column {column.name!r} is of another kind: {percent(was)} of it were {kind} the last time, "
                    f"{percent(now)} are now."
                )
                yield Finding(
                    "column_retyped", column.name, sentence, MEANING, percent(was), percent(now), "half of it"
                )
                break
        else:
            if column.name in ids and 1 - likeness(old, column) > _MOVED:
                sentence = (
                    f"The column {column.name!r} names records in another way than the last time, so that no record "
                    "would be known again."
                )
                yield Finding("ids_rewritten", column.name, sentence, MEANING, _commonest(old), _commonest(column))


def _filled(column: Column) -> float:
    return 1 - column.blank


def _commonest(column: Column) -> str:
    return max(column.shapes, key=lambda shape: column.shapes[shape], default="")


def _unused(columns: Sequence[Column], declared: Sequence[str], last: Profile) -> Iterator[Finding]:
    """New and vanished columns that no field uses: told by their place, because a name may tell too much."""
    new = [column.place for column in columns if column.name is None and column.mark not in _marks(last.columns)]
    gone = [column.place for column in last.columns if column.name is None and column.mark not in _marks(columns)]
    if new:
        places = ", ".join(map(str, new))
        sentence = f"{_some(len(new), 'new column')}, which no field uses: number {places}."
        yield Finding("column_new", places, sentence, NOTE, after=places)
    if gone:
        places = ", ".join(map(str, gone))
        sentence = f"{_some(len(gone), 'column')} that no field uses went away: number {places} of the last feed."
        yield Finding("column_gone", places, sentence, NOTE, before=places)


def _marks(columns: Sequence[Column]) -> frozenset[str]:
    return frozenset(column.mark for column in columns)


def _some(number: int, noun: str) -> str:
    return f"One {noun}" if number == 1 else f"{number} {noun}s"
