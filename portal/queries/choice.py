"""From an address to a question that the release can answer. What the address asks in vain gets the nearest offer."""

from dataclasses import dataclass, replace
from datetime import date

from layers.measures import rate_name
from layers.period import Grain
from layers.release import GeographyInfo, Manifest, MeasureInfo
from layers.store.reader import Release
from portal.queries.offer import CELLS, CITY, Offer, Span, is_protected, is_rate, last_told, measure_of, offer_of, spans
from portal.releases import Releases
from portal.view import View

_PLACES_EXACT = ("h3_8", "neighborhood", "district")
_PLACES_PROTECTED = ("zone1", "zone2", "neighborhood", "district")
_GRAINS = (Grain.MONTH, Grain.QUARTER, Grain.YEAR, Grain.ROLLING_12M, Grain.WEEK, Grain.DAY)
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Choice:
    """A whole question. `view` is the address that asks exactly this (without a chosen place)."""

    release: Release
    measure: MeasureInfo
    category: str
    geography: GeographyInfo
    grain: Grain
    period: date | None
    view: View

    @property
    def manifest(self) -> Manifest:
        return self.release.manifest

    @property
    def offer(self) -> Offer:
        return offer_of(self.release)

    @property
    def spans(self) -> tuple[Span, ...]:
        return spans(self.release, self.measure.name, self.category, self.geography.name, self.grain)


def choose(releases: Releases, view: View, *, geography: str | None = None) -> Choice | None:
    """The question that `view` asks. `geography` fixes the places. None where nothing is published."""
    release = _release(releases, view)
    if release is None:
        return None
    offer, manifest = offer_of(release), release.manifest
    measure = _measure(manifest, offer, view, geography)
    places = _geography(release, offer, measure, geography or view.geography)
    category = view.category if view.category in offer.categories(measure.name, places.name) else "all"
    grain = _grain(release, offer, measure, places.name, category, view.grain)
    period = _period(spans(release, measure.name, category, places.name, grain), view.to)
    asked = View(
        topic=release.topic, measure=measure.name, category=category, geography=places.name, grain=grain.value,
        from_=period, to=period, as_of=view.as_of, lang=view.lang, layer=view.layer, show=view.show,
    )  # fmt: skip
    return Choice(release, measure, category, places, grain, period, asked)


def is_mapped(manifest: Manifest) -> bool:
    """Whether the topic has figures for places that have shapes."""
    return any(each.shapes and each.grains for each in manifest.geographies)


def on_a_map(releases: Releases, view: View) -> View:
    """The address of a map, without a topic that has figures of the city alone."""
    manifest = releases.manifest(view.topic) if view.topic else None
    return View(lang=view.lang) if manifest is not None and not is_mapped(manifest) else view


def same_with(choice: Choice, measure: str) -> View:
    """The same question about another measure of the topic."""
    return replace(choice.view, measure=measure)


def _release(releases: Releases, view: View) -> Release | None:
    topics = releases.topics
    if not topics:
        return None
    topic = view.topic if view.topic in topics else topics[0]
    return releases.release(topic, view.as_of) or releases.release(topic)


def _measure(manifest: Manifest, offer: Offer, view: View, geography: str | None) -> MeasureInfo:
    known = offer.measures()
    if view.measure in known and (geography is None or geography in offer.geographies(view.measure)):
        found = measure_of(manifest, view.measure)
        if found:
            return found
    usable = [m for m in manifest.measures if geography is None or geography in offer.geographies(m.name)]
    first = next((m for m in usable if not is_rate(m.name)), manifest.measures[0])
    rate = rate_name(first.name)
    if is_protected(first) and rate in known:
        return measure_of(manifest, rate) or first
    return first


def _geography(release: Release, offer: Offer, measure: MeasureInfo, asked: str | None) -> GeographyInfo:
    offered = offer.geographies(measure.name)
    if asked in offered:
        return _info(release.manifest, asked)
    if asked in CELLS and offered.intersection(CELLS):
        return _info(release.manifest, next(c for c in ("h3_8", "h3_7", "h3_9") if c in offered))
    preferred = [p for p in (_PLACES_PROTECTED if is_protected(measure) else _PLACES_EXACT) if p in offered]
    if is_protected(measure):
        showing = [p for p in preferred if _shows(release, offer, measure.name, p)]
        preferred = showing or list(reversed(preferred))
    found = preferred or sorted(offered - {CITY}) or [CITY]
    return _info(release.manifest, found[0])


def _shows(release: Release, offer: Offer, measure: str, geography: str) -> bool:
    return any(_half(release, measure, "all", geography, grain) for grain in offer.grains(measure, geography))


def _half(release: Release, measure: str, category: str, geography: str, grain: Grain) -> bool:
    last = last_told(spans(release, measure, category, geography, grain))
    return last is not None and last.shown >= HALF


def _info(manifest: Manifest, name: str) -> GeographyInfo:
    found = manifest.geography(name)
    return found or GeographyInfo(name=name, title=name, plural=name, vintage="", shapes=False)


def _grain(
    release: Release, offer: Offer, measure: MeasureInfo, geography: str, category: str, asked: str | None
) -> Grain:
    """The one asked for; else months, or of protected measures the finest grain at which half of the places show."""
    offered = offer.grains(measure.name, geography, category)
    if asked in [grain.value for grain in offered]:
        return Grain(asked)
    usual = [grain for grain in _GRAINS if grain in offered] or [Grain.YEAR]
    if is_protected(measure):
        showing = (g for g in usual if _half(release, measure.name, category, geography, g))
        return next(showing, usual[-1])
    return usual[0]


def _period(found: tuple[Span, ...], asked: date | None) -> date | None:
    if asked is not None and any(span.start == asked for span in found):
        return asked
    last = last_told(found) or (found[-1] if found else None)
    return last.start if last else None
