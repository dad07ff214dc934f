"""How much came: rows, months long past, the newest weeks, silence, duplicates, rejects."""

from collections.abc import Iterator
from datetime import timedelta
from math import sqrt

from etl.city import Source
from etl.drift.finding import NOTE, QUALITY, Finding, percent
from etl.drift.profile import Profile
from etl.drift.windows import FEWEST, SPAN, slack_of_count, slack_of_share, usual_counts, whole_window, within

GRACE = {"daily": 4, "weekly": 14, "monthly": 45, "quarterly": 120, "yearly": 400}
"""Days by which the newest record may be older than usual, by what the source promises; `once` promises nothing."""

_SETTLED = timedelta(days=60)
_SURE = 8.0
"""Records expected in a silence before it counts: none of eight comes once in 3,000 times."""

_YEAR = 44
"""So many windows of four weeks, one beginning each week, show nearly every season."""


def amount_findings(now: Profile, last: Profile, anchor: Profile, source: Source) -> Iterator[Finding]:
    """Too little, too much, too old, too often."""
    if now.scope == "whole":
        yield from _shrunk(now, last, source)
        yield from _rewritten(now, last, source)
        yield from _volume(now, anchor, source)
        yield from _silent(now, anchor, source)
    yield from _repeated(now, last, source)
    yield from _rejected(now, last)


def _shrunk(now: Profile, last: Profile, source: Source) -> Iterator[Finding]:
    limit = last.rows * (1 - source.limits.max_shrink_share)
    if now.rows < limit:
        sentence = f"The feed has shrunk from {last.rows:,} to {now.rows:,} rows."
        told = f"max_shrink_share = {percent(source.limits.max_shrink_share)}"
        yield Finding("rows_shrunk", "rows", sentence, QUALITY, f"{last.rows:,}", f"{now.rows:,}", told)


def _rewritten(now: Profile, last: Profile, source: Source) -> Iterator[Finding]:
    """Months that were settled: a correction changes a few records of them, not a tenth."""
    if not now.months or not last.months or last.newest is None:
        return
    until = last.newest - _SETTLED
    dropping = source.refresh.missing == "kept"
    first = sorted(now.months)[1:][:1]
    settled = [m for m in {**last.months, **now.months} if m <= until.replace(day=1) and m != until.replace(day=1)]
    if dropping:  # a feed of its last weeks begins later each time
        settled = [m for m in settled if first and m >= first[0]]
    before = sum(last.months.get(month, 0) for month in settled)
    moved = sum(abs(now.months.get(month, 0) - last.months.get(month, 0)) for month in settled)
    if before < FEWEST or moved <= source.limits.max_history_share * before + slack_of_count(before):
        return
    sentence = (
        f"Months long past changed: {moved:,} records more or fewer in months before {until:%B %Y}, "
        f"which had {before:,} records."
    )
    told = f"max_history_share = {percent(source.limits.max_history_share)}"
    yield Finding("history_changed", "months", sentence, QUALITY, f"{before:,}", f"{moved:,} moved", told)


def _volume(now: Profile, anchor: Profile, source: Source) -> Iterator[Finding]:
    """The newest four whole weeks against the quietest and the busiest of the year before."""
    if now.newest is None or anchor.newest is None:
        return
    usual = usual_counts(anchor.weeks, whole_window(anchor))
    if usual is None or usual[2] < SPAN:
        return
    factor = source.limits.max_volume_factor * (1.0 if usual[2] >= _YEAR else 1.5)  # not every season was seen
    low, high = usual[0] / factor, usual[1] * factor
    count = within(now.weeks, whole_window(now))
    if low - slack_of_count(low) <= count <= high + slack_of_count(high):
        return
    sentence = (
        f"The newest four whole weeks have {count:,} records; four weeks of the year before had {usual[0]:,} to "
        f"{usual[1]:,}."
    )
    told = f"from {max(0, low - slack_of_count(low)):,.0f} to {high + slack_of_count(high):,.0f}"
    yield Finding("volume_shifted", "weeks", sentence, QUALITY, f"{usual[0]:,} to {usual[1]:,}", f"{count:,}", told)


def _silent(now: Profile, anchor: Profile, source: Source) -> Iterator[Finding]:
    """No new record for longer than the promised cadence explains, although some were to be expected."""
    if now.age is None or anchor.age is None or source.cadence not in GRACE:
        return
    allowed = anchor.age + GRACE[source.cadence]
    usual = usual_counts(anchor.weeks, whole_window(anchor))
    rate = usual[0] / (7 * SPAN) if usual else 0.0
    if now.age <= allowed or rate * (now.age - anchor.age) < _SURE:
        return
    sentence = f"The newest record is {now.age} days old; it was {anchor.age} days."
    yield Finding(
        "date_lag", "newest record", sentence, QUALITY, f"{anchor.age} days", f"{now.age} days", f"{allowed} days"
    )


def _repeated(now: Profile, last: Profile, source: Source) -> Iterator[Finding]:
    share, usual = _of_rows(now.duplicates, now), _of_rows(last.duplicates, last)
    limit = usual + source.limits.max_duplicate_rise + slack_of_share(usual, now.rows) * sqrt(2)
    if now.rows >= FEWEST and share > limit:
        sentence = f"{percent(share)} of the rows tell of a record again; it was {percent(usual)}."
        yield Finding(
            "duplicates", "id", sentence, QUALITY, percent(usual), percent(share), f"at most {percent(limit)}"
        )


def _rejected(now: Profile, last: Profile) -> Iterator[Finding]:
    for reason in now.rejects:
        share, usual = _of_rows(now.rejects[reason], now), _of_rows(last.rejects.get(reason, 0), last)
        if reason != "duplicate" and now.rows >= FEWEST and share > usual + 0.01 + slack_of_share(usual, now.rows):
            sentence = f"{percent(share)} of the rows were left out as {reason}; it was {percent(usual)}."
            yield Finding("rejects", reason, sentence, NOTE, percent(usual), percent(share))


def _of_rows(number: int, profile: Profile) -> float:
    return number / profile.rows if profile.rows else 0.0
