"""Fields that lost their values, and codes that nobody has declared or that stopped coming."""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from etl.city import Source
from etl.drift.finding import MEANING, NOTE, Finding, percent
from etl.drift.observe import REST
from etl.drift.profile import Profile, Series
from etl.drift.windows import FEWEST, first_whole_week, newest_window, slack_of_share, windows_before, within

_NEW_CODE_RECORDS = 20
_GONE_CODE_RECORDS = 30


def field_findings(now: Profile, _: Profile, anchor: Profile, source: Source) -> Iterator[Finding]:
    """A declared field that is filled far less than it was: emptied, or written in a way that is not understood."""
    if now.newest is None or anchor.newest is None:
        yield from _without_dates(now, anchor, source)
        return
    ours, theirs = newest_window(now), newest_window(anchor)
    rows, then = within(now.weeks, ours), within(anchor.weeks, theirs)
    if min(rows, then) < FEWEST:
        return
    for name in source.fields:
        if name in now.empty or name in anchor.empty:
            share = within(now.empty.get(name, {}), ours) / rows
            usual = within(anchor.empty.get(name, {}), theirs) / then
            limit = usual + source.limits.max_blank_rise + slack_of_share(usual, min(rows, then))
            if share > limit:
                yield _emptied(name, usual, share, limit, "in the newest four weeks")


def _without_dates(now: Profile, anchor: Profile, source: Source) -> Iterator[Finding]:
    if min(now.rows, anchor.rows) < FEWEST:
        return
    for name in source.fields:
        if name not in now.fields or name not in anchor.fields:
            continue
        tally, before = now.fields[name], anchor.fields[name]
        share, usual = (tally.blank + tally.unread) / now.rows, (before.blank + before.unread) / anchor.rows
        limit = usual + source.limits.max_blank_rise + slack_of_share(usual, min(now.rows, anchor.rows))
        if share > limit:
            yield _emptied(name, usual, share, limit, "in all rows")


def _emptied(name: str, usual: float, share: float, limit: float, where: str) -> Finding:
    sentence = (
        f"The field {name} has no value that can be read in {percent(share)} of the records {where}; "
        f"it was {percent(usual)}."
    )
    return Finding(
        "field_emptied", name, sentence, MEANING, percent(usual), percent(share), f"at most {percent(limit)}"
    )


def code_findings(now: Profile, last: Profile, anchor: Profile, source: Source) -> Iterator[Finding]:
    """Codes in no list that were not there before; declared codes of which none came any more."""
    if now.newest is None:
        return
    window = newest_window(now)
    rows = within(now.weeks, window)
    for field, codes in now.codes.items():
        known = {*last.codes.get(field, {}), *anchor.codes.get(field, {})}
        listed = _listed(field, source)
        new = {code: within(series, window) for code, series in codes.items() if code not in known and code != REST}
        new = {code: number for code, number in new.items() if number and code.strip().casefold() not in listed}
        gone = list(_gone(field, now, anchor))
        for code, number in sorted(new.items(), key=lambda each: -each[1]):
            yield _new_code(field, code, number, rows, gone, source)
        if not any(_holding(number, rows, source) for number in new.values()):
            yield from (_gone_code(field, code, usual, source) for code, usual in gone)


def _holding(number: int, rows: int, source: Source) -> bool:
    return number >= max(_NEW_CODE_RECORDS, source.limits.max_new_code_share * rows)


def _listed(field: str, source: Source) -> frozenset[str]:
    lists = source.categories.values() if field == "category" else source.values.get(field, {}).values()
    canonical = [group.key for group in source.plain_groups()] if field == "category" else source.values.get(field, {})
    return frozenset(code.strip().casefold() for codes in (*lists, tuple(canonical)) for code in codes)


def _new_code(
    field: str, code: str, number: int, rows: int, gone: list[tuple[str, int]], source: Source
) -> Finding:  # fmt: skip
    old = max((each for each, _ in gone), key=lambda each: SequenceMatcher(None, each, code).ratio(), default=None)
    instead = f" None came with {old!r} any more: perhaps it is the same." if old else ""
    share = percent(number / rows if rows else 0)
    sentence = (
        f"The code {code!r} of {field} is new and in no list: {number:,} records of the newest four weeks "
        f"({share}).{instead}"
    )
    holding = _holding(number, rows, source)
    if holding:
        target = "GROUP" if field == "category" else f"{field}.VALUE"
        sentence += f" If it is known: etl holds CITY map {source.id} {code!r} {target}."
    limit = f"fewer than {_NEW_CODE_RECORDS} records or {percent(source.limits.max_new_code_share)}"
    return Finding("code_new", f"{field}: {code}", sentence, MEANING if holding else NOTE, "none", share, limit)


def _gone(field: str, now: Profile, anchor: Profile) -> Iterator[tuple[str, int]]:
    """Codes that came in every four weeks of the year before, and none in the newest whole week and since."""
    assert now.newest is not None
    first = first_whole_week(anchor.weeks)
    if anchor.newest is None or first is None:
        return
    spans = list(windows_before(newest_window(anchor), first))
    for code, series in anchor.codes.get(field, {}).items():
        least = min((within(series, span) for span in spans), default=0)
        recent = within(now.codes.get(field, {}).get(code, {}), newest_window(now)[:2])
        if code != REST and least >= _GONE_CODE_RECORDS and not recent and _two_weeks(now.weeks, now):
            yield code, least


def _two_weeks(weeks: Series, now: Profile) -> bool:
    """Whether there were records at all in the newest whole week and since."""
    return within(weeks, newest_window(now)[:2]) >= FEWEST


def _gone_code(field: str, code: str, usual: int, source: Source) -> Finding:
    sentence = (
        f"No record of the newest weeks has the code {code!r} of {field}; before, at least {usual:,} came a month."
    )
    holding = source.limits.max_new_code_share < 1
    return Finding(
        "code_gone", f"{field}: {code}", sentence, MEANING if holding else NOTE, f"{usual:,}", "none", "some"
    )


def groups_of(codes: Mapping[str, Series], source: Source) -> dict[str, list[Series]]:
    """Weekly records by plain-language group, as the declaration maps codes now; what it does not map stands alone."""
    lookup = {code.strip().casefold(): group for group, listed in source.categories.items() for code in listed}
    lookup |= {group.key: group.key for group in source.plain_groups()}
    groups: dict[str, list[Series]] = {}
    for code, series in codes.items():
        groups.setdefault(lookup.get(code.strip().casefold(), "in no group"), []).append(series)
    return groups
