"""Earlier releases of a topic, read for how their youngest figures grew later."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from layers.period import Grain
from layers.store.reader import Release
from portal.queries.offer import CITY
from portal.releases import Releases
from portal.statistics.revision import MATURE_DAYS, STEP_DAYS, USUAL_STEP, Growth, Seen, growth_by_age

MOST_RELEASES = 24
"""Earlier releases that are read, at most one for each step of age, the newest first."""


def growth_of(releases: Releases, release: Release, measure: str, category: str, grain: Grain) -> dict[int, Growth]:
    """How the city's figures of this measure grew with age; empty where earlier releases do not tell."""
    return _growth(releases, releases.key, release, measure, category, grain)


@lru_cache(maxsize=256)
def _growth(
    releases: Releases, key: str, release: Release, measure: str, category: str, grain: Grain
) -> dict[int, Growth]:
    """Kept while the offer (`key`) stays."""
    until = release.manifest.as_of
    earlier = [
        found for id_ in _earlier(releases, key, release, grain) if (found := releases.release(release.topic, id_))
    ]
    seen = [each for old in earlier for each in _told(old, measure, category, grain)]
    now = {each.period: each.value for each in _told(release, measure, category, grain, every=True)}
    return growth_by_age(seen, now, grain, until)


@lru_cache(maxsize=64)
def _earlier(releases: Releases, key: str, release: Release, grain: Grain) -> tuple[str, ...]:
    """Ids of the releases to read. An id begins with the day its sources speak up to."""
    step, until = STEP_DAYS.get(grain, USUAL_STEP), release.manifest.as_of
    newest: dict[int, str] = {}
    for id_ in releases.store.releases(release.topic):
        day = _as_of(id_)
        if day is not None and id_ < release.id and day <= until - timedelta(days=MATURE_DAYS // 2):
            newest[(until - day).days // step] = id_
    return tuple(newest[age] for age in sorted(newest)[:MOST_RELEASES])


def _as_of(id_: str) -> date | None:
    try:
        return date.fromisoformat(id_[:10])
    except ValueError:
        return None


def _told(release: Release, measure: str, category: str, grain: Grain, *, every: bool = False) -> Iterable[Seen]:
    """The city's figures in one release; of an earlier one only those that were young in it."""
    until = release.manifest.as_of
    rows = release.counts(
        measure=measure, category=category, geography=CITY, unit=CITY, grain=grain,
        first=None if every else until - timedelta(days=2 * MATURE_DAYS), columns=("period", "value"),
    ).drop_nulls()  # fmt: skip
    return [Seen(period, value, until) for period, value in rows.iter_rows()]
