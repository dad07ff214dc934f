"""The figures of one agency: all that it answers for together, as releases publish it. Nothing is added up here."""

from dataclasses import dataclass

from layers.release import AgencyInfo, Manifest, MeasureInfo
from layers.store.reader import Release
from portal.queries.offer import CITY, offer_of
from portal.queries.summary import Headline, default_grain, headline, last_period
from portal.releases import Releases

AGENCY = "agency"
"""The kind of a place that is none: what an agency answers for, in the whole city."""
LEADING: tuple[str, ...] = ("requests", "days_to_close_median", "days_to_close_p90", "closed_on_time_share")
"""Measures of the tiles, in this order, where a release has them for agencies."""


@dataclass(frozen=True, slots=True)
class Known:
    """An agency and the release that tells of it."""

    agency: AgencyInfo
    release: Release

    @property
    def manifest(self) -> Manifest:
        return self.release.manifest

    @property
    def category(self) -> str:
        return self.agency.category

    def measure(self, name: str, geography: str = CITY) -> MeasureInfo | None:
        """The measure, where it is published for the agency; None where it is not."""
        told = self.category in offer_of(self.release).categories(name, geography)
        return self.manifest.measure(name) if told else None


def agencies(releases: Releases) -> list[Known]:
    """All agencies with figures, in the order of the city's declaration."""
    found = []
    for manifest in releases.manifests():
        release = releases.release(manifest.topic) if manifest.agencies else None
        if release is not None:
            found += [Known(each, release) for each in manifest.agencies if each.groups]
    return found


def agency(releases: Releases, name: str) -> Known | None:
    """The agency of that id; None for one without figures."""
    return next((each for each in agencies(releases) if each.agency.id == name), None)


def leading(known: Known, names: tuple[str, ...] = LEADING) -> list[Headline]:
    """The city's figures of the agency, each for the last period that is over."""
    found = []
    for name in names:
        measure = known.measure(name)
        grain = default_grain(known.release, measure, CITY) if measure else None
        if measure is None or grain is None:
            continue
        period = last_period(known.release, name, CITY, grain)
        found.append(headline(known.release, measure, CITY, CITY, grain=grain, period=period, category=known.category))
    return found
