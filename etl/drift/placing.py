"""How many records could be placed, against what was usual."""

from collections.abc import Iterator, Mapping

from etl.city import Source
from etl.drift.finding import NOTE, PLACES, Finding, percent
from etl.drift.profile import Profile, Series, summed
from etl.drift.windows import FEWEST, newest_window, slack_of_share, usual_shares, within
from etl.records import OK, PLACED


def placing_findings(now: Profile, last: Profile, anchor: Profile, source: Source) -> Iterator[Finding]:
    """The share of records that could be placed somewhere; of coordinates alone it is only told."""
    anchor = anchor if anchor.located else last  # what a person approved may have been held before it was placed
    if not now.located or not anchor.located:
        return
    yield from _fallen("records", PLACED, PLACES, now, anchor, source)
    yield from _fallen("coordinates", (OK,), NOTE, now, anchor, source)


def _fallen(
    what: str, ways: tuple[str, ...], code: int, now: Profile, anchor: Profile, source: Source
) -> Iterator[Finding]:
    placed, whole = _series(now.located, ways), summed(now.located.values())
    was, all_then = _series(anchor.located, ways), summed(anchor.located.values())
    if now.newest is None or anchor.newest is None:
        share, rows, usual = _share(placed, whole), sum(whole.values()), _share(was, all_then)
        where = "of all"
    else:
        window = newest_window(now)
        rows = within(whole, window)
        share = within(placed, window) / rows if rows else 1.0
        usual = (usual_shares(was, all_then, newest_window(anchor)) or (0.0, 0.0))[0]
        where = "of the newest four weeks"
    limit = usual - source.limits.max_located_drop - slack_of_share(usual, rows)
    if rows < FEWEST or share >= limit:
        return
    told = "could be placed" if code else "have usable coordinates"
    sentence = f"Only {percent(share)} {where} {told}; before it was {percent(usual)} at least."
    yield Finding(f"placed_{what}", what, sentence, code, percent(usual), percent(share), f"at least {percent(limit)}")


def _series(located: Mapping[str, Series], ways: tuple[str, ...]) -> Series:
    return summed(located[way] for way in ways if way in located)


def _share(part: Series, whole: Series) -> float:
    total = sum(whole.values())
    return sum(part.values()) / total if total else 1.0
