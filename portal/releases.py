"""The releases on offer right now. A new `current.json` is seen at the next request, without a restart."""

import os
from collections.abc import Callable, Mapping
from copy import copy
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from layers.protection import Withdrawal
from layers.release import City, GeographyInfo, Manifest, StoreStatus, TopicStatus, UnitInfo
from layers.store.reader import Release, Store, UnknownRelease
from layers.store.tables import KeptTables
from layers.store.tombstone import read_tombstone
from layers.topics import TOPICS
from portal.errors import Gone, NotFound
from portal.language import _, language
from portal.words.citywords import spoken
from portal.words.released import told
from portal.words.wording import day_text

Clock = Callable[[], datetime]
"""The present moment, aware."""
Found = TypeVar("Found")
_Stamp = tuple[int, int, int] | None
_AS_GIVEN = ""
"""Of no language: the release as the city gave it."""


class Releases:
    """What the store offers. Safe to share between threads.

    What is kept here is kept under a release id, or under the stamp (inode, time, size) of the file it was read from.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.store = Store(folder, tables=KeptTables())
        self._clock = clock
        self._files: dict[str, tuple[_Stamp, Any]] = {}
        self._kept: dict[tuple[str, str], dict[str, Release]] = {}
        """Topic and id → language → the release as the city says it in that language."""
        self._pins: Mapping[str, str] = {}
        self._speaks: str | None = None
        """Whatever the page's language is; None follows it."""
        self._seen: dict[tuple[str, ...], Any] | None = None
        """Of a look that stands still: what it has looked up already."""

    def __eq__(self, other: object) -> bool:
        """Looks at one store are alike; what each of them shows is named by its `key`."""
        return isinstance(other, Releases) and other.store is self.store

    def __hash__(self) -> int:
        return hash(id(self.store))

    def as_now(self) -> "Releases":
        """The same store, standing still: for one answer, which never mixes what was on offer before and after a run.

        It also asks the file system once where a page would ask a hundred times. Not for longer than that.
        """
        found = copy(self)
        found._seen = {}
        return found

    def as_given(self) -> "Releases":
        """The same store, with what the city wrote as the city wrote it: data files never depend on who asks."""
        found = copy(self)
        found._speaks = _AS_GIVEN
        return found

    @property
    def folder(self) -> Path:
        return self.store.folder

    @property
    def current(self) -> Mapping[str, str]:
        """Topic → release id: the newest, or the pinned one. Empty before the first release."""
        return {**self.newest, **self._pins} if self._pins else self.newest

    @property
    def newest(self) -> Mapping[str, str]:
        """Topic → the id of its newest release, whatever is pinned."""
        found: Mapping[str, str] = self._fresh("current.json", self.store.current)
        return found

    @property
    def status(self) -> StoreStatus | None:
        """Freshness as the last run computed it; None before the first run."""
        found: StoreStatus | None = self._fresh("status.json", self.store.status)
        return found

    @property
    def topics(self) -> tuple[str, ...]:
        """Topics with a release, in the order of the vocabulary."""
        return tuple(each.name for each in TOPICS if each.name in self.current)

    @property
    def key(self) -> str:
        """Names the whole offer: changes when any release does."""
        return ",".join(f"{topic}={release}" for topic, release in sorted(self.current.items()))

    def withdrawn(self) -> tuple[str, ...]:
        """Topics whose current release was taken back."""
        return tuple(topic for topic in self.topics if self.release(topic) is None)

    def release(self, topic: str, release: str | None = None) -> Release | None:
        """The named release, the current one, or None where there is no such topic or release, or it was withdrawn.

        What the city wrote itself is said in the language of the page, where the city translated it.
        """
        wanted = release or self.current.get(topic)
        if wanted is None:
            return None
        spoken_in = language() if self._speaks is None else self._speaks
        return self._once((topic, wanted, spoken_in), lambda: self._look_up(topic, wanted, spoken_in))

    def _look_up(self, topic: str, wanted: str, spoken_in: str) -> Release | None:
        kept = self._kept.get((topic, wanted))
        if kept is not None and read_tombstone(kept[_AS_GIVEN].folder) is not None:
            self._kept.pop((topic, wanted), None)
            return None
        if kept is None:
            try:
                kept = {_AS_GIVEN: self.store.release(topic, wanted)}
            except UnknownRelease:
                return None
            self._kept[topic, wanted] = kept
        if spoken_in not in kept:
            kept[spoken_in] = spoken(kept[_AS_GIVEN], spoken_in)
        return kept[spoken_in]

    def pinned(self, as_of: str) -> "Releases":
        """The same store, with the releases that `as_of` names (ids, comma separated) in place of the current ones.

        Raises Gone for a withdrawn release, NotFound for an unknown one.
        """
        pins: dict[str, str] = {}
        for wanted in as_of.split(","):
            named = {topic: wanted for topic in self.topics if self.release(topic, wanted) is not None}
            if not named:
                self.refuse_withdrawn(wanted)
                raise NotFound(_("There is no such release. The page of changes lists them all."))
            pins |= named
        found = copy(self)
        found._pins = pins
        return found

    def withdrawal(self, release: str | None, topic: str | None = None) -> Withdrawal | None:
        """When and why the release was withdrawn, or one of several (comma separated); None where none was.

        Without a topic, of whichever topic.
        """
        if release is None:
            return None
        named = release.split(",")
        topics = [topic] if topic else self.store.topics()
        found = (each for name in topics for each in self.store.withdrawals(name))
        return next((each for each in found if each.release in named), None)

    def required(self, topic: str, release: str | None = None) -> Release:
        """The named release or the current one. Raises NotFound, and Gone where it was withdrawn."""
        found = self.release(topic, release)
        if found is None:
            self.refuse_withdrawn(release, topic)
            raise NotFound(_("There is no such topic or release. The data pages list what there is."))
        return found

    def refuse_withdrawn(self, release: str | None, topic: str | None = None) -> None:
        """Raises Gone, which says when and why, where that release was withdrawn."""
        stone = self.withdrawal(release, topic)
        if stone is not None:
            raise Gone(
                _("This release was withdrawn on {day}. The reason: {reason}",
                  day=day_text(stone.withdrawn_on), reason=told(stone.reason))
            )  # fmt: skip

    def manifest(self, topic: str) -> Manifest | None:
        """The manifest of the topic's current release."""
        found = self.release(topic)
        return found.manifest if found else None

    def manifests(self) -> tuple[Manifest, ...]:
        """Manifests of all current releases, in the order of the vocabulary."""
        return tuple(found for topic in self.topics if (found := self.manifest(topic)))

    def superseded(self, manifest: Manifest) -> bool:
        """Whether there is a newer release than the one that is shown: what runs say of freshness is not about it."""
        return self.newest.get(manifest.topic, manifest.release) != manifest.release

    def status_of(self, topic: str) -> TopicStatus | None:
        status = self.status
        return next((each for each in status.topics if each.topic == topic), None) if status else None

    @property
    def city(self) -> City | None:
        """The city, as the newest release describes it; None before the first release."""
        manifests = self.manifests()
        return max(manifests, key=lambda m: m.built_at).city if manifests else None

    def area_kinds(self) -> tuple[GeographyInfo, ...]:
        """The area kinds of the city (district, neighborhood, zip, …), each as the newest release describes it."""
        found: dict[str, GeographyInfo] = {}
        for manifest in sorted(self.manifests(), key=lambda m: m.built_at, reverse=True):
            for geography in manifest.geographies:
                if geography.units and _is_area(geography.name):
                    found.setdefault(geography.name, geography)
        order = {"district": 0, "neighborhood": 1}
        return tuple(sorted(found.values(), key=lambda g: (order.get(g.name, 2), g.title)))

    def areas(self, kind: str) -> tuple[UnitInfo, ...]:
        """The areas of a kind, in the order of the city's file; empty where the city has no such kind."""
        return next((geography.units for geography in self.area_kinds() if geography.name == kind), ())

    def area(self, kind: str, unit: str) -> UnitInfo | None:
        return next((each for each in self.areas(kind) if each.id == unit), None)

    def local(self, moment: datetime) -> datetime:
        """A moment in the city's time zone."""
        city = self.city
        return moment if city is None else moment.astimezone(ZoneInfo(city.time_zone))

    def today(self) -> date:
        """The city's day: where its clock stands still, that day."""
        city = self.city
        return city.frozen_clock if city and city.frozen_clock else self.local(self._clock()).date()

    def _once(self, key: tuple[str, ...], look: Callable[[], Found]) -> Found:
        if self._seen is None:
            return look()
        if key not in self._seen:
            self._seen[key] = look()
        found: Found = self._seen[key]
        return found

    def _fresh(self, name: str, read: Callable[[], Any]) -> Any:
        return self._once((name,), lambda: self._newest(name, read))

    def _newest(self, name: str, read: Callable[[], Any]) -> Any:
        stamp = _stamp(self.folder / name)
        kept = self._files.get(name)
        if kept is None or kept[0] != stamp:
            kept = (stamp, read())
            self._files[name] = kept
        return kept[1]


def _stamp(path: Path) -> _Stamp:
    try:
        found = os.stat(path)  # noqa: PTH116 - one call, on every request
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _is_area(geography: str) -> bool:
    return geography != "city" and not geography.startswith(("h3_", "zone"))
