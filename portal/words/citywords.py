"""What a city wrote itself (names, events, agencies, who to call), in the language of the page.

A city's translations come with its releases. Its words are replaced in the manifest, so that pages, pictures, reports
and mails say the same without asking. Data files keep the names that the city gave.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from layers.certificate import Certificate
from layers.release import NUMBER, City, GeographyInfo, Manifest
from layers.store.reader import Release, TableName
from layers.wording import in_sentence

Say = Callable[[str], str]


@dataclass(frozen=True)
class Spoken(Release):
    """A release whose city speaks `language`; its figures are those of `given`."""

    language: str = ""
    given: Release | None = field(default=None, compare=False, repr=False)

    @cached_property
    def manifest(self) -> Manifest:
        return spoken_manifest(self._given.manifest, self.language)

    @cached_property
    def certificate(self) -> Certificate | None:
        return self._given.certificate

    @cached_property
    def zones(self) -> pl.DataFrame | None:
        return self._given.zones

    @cached_property
    def contents(self) -> dict[TableName, int]:
        return dict(self._given.contents)

    @property
    def _given(self) -> Release:
        assert self.given is not None
        return self.given


def spoken(release: Release, language: str) -> Release:
    """The release as the city says it in that language; itself where the city gives no translations into it."""
    if all(each.language != language for each in release.manifest.city.translations):
        return release
    known = release.topic, release.id, release.folder, release.engine, release.tables
    return Spoken(*known, language=language, given=release)


def spoken_manifest(manifest: Manifest, language: str) -> Manifest:
    """The manifest with every text that the city translated; ids, codes and figures as they are."""
    say = _sayer({each.text: each.said for each in manifest.city.translations if each.language == language})
    within = _within(manifest, say)
    return manifest.model_copy(
        update={
            "notes": tuple(map(within, manifest.notes)),
            "quality": tuple(each.model_copy(update={"title": within(each.title)}) for each in manifest.quality),
            "city": _city(manifest.city, say),
            "geographies": tuple(_geography(each, say, within) for each in manifest.geographies),
            "groups": tuple(
                each.model_copy(update={"title": say(each.title), "help": say(each.help)}) for each in manifest.groups
            ),
            "agencies": tuple(
                each.model_copy(update={"title": say(each.title), "text": say(each.text)}) for each in manifest.agencies
            ),
            "sources": tuple(
                each.model_copy(update={"title": say(each.title), "publisher": say(each.publisher)})
                for each in manifest.sources
            ),
        }
    )


def _city(city: City, say: Say) -> City:
    contacts = (each.model_copy(update={"title": say(each.title), "text": say(each.text)}) for each in city.contacts)
    events = (each.model_copy(update={"title": say(each.title), "text": say(each.text)}) for each in city.events)
    targets = (each.model_copy(update={"source": say(each.source)}) for each in city.targets)
    said = {"contacts": tuple(contacts), "events": tuple(events), "targets": tuple(targets)}
    return city.model_copy(update={"name": say(city.name), **said})


def _geography(info: GeographyInfo, say: Say, within: Say) -> GeographyInfo:
    units = tuple(each.model_copy(update={"name": say(each.name)}) for each in info.units)
    said = {
        "title": say(info.title),
        "plural": say(info.plural),
        "source": say(info.source),
        "why_not": info.why_not and within(info.why_not),
    }
    return info.model_copy(update={"units": units, **said})


def _within(manifest: Manifest, say: Say) -> Say:
    """A sentence of the publishing program that names sources or areas, with those names as the city translated them.

    The rest of the sentence is known by its pattern (`portal.words.released`)."""
    titles = {each.title for each in manifest.sources} | {each.publisher for each in manifest.sources}
    titles |= {title for each in manifest.geographies for title in (each.title, each.plural)}
    told = [(way(title), way(say(title))) for title in titles for way in (str, in_sentence) if say(title) != title]
    told.sort(key=lambda pair: len(pair[0]), reverse=True)

    def named(text: str) -> str:
        for title, said in told:
            text = text.replace(title, said)
        return text

    return named


def _sayer(known: dict[str, str]) -> Say:
    """A text as the city translated it, else by a line with `{number}` that fits it, else as it is."""
    numbered = [(_expression(text), said) for text, said in known.items() if NUMBER in text]

    def say(text: str) -> str:
        if text in known:
            return known[text]
        fits = ((found, said) for pattern, said in numbered if (found := pattern.fullmatch(text)))
        return next((said.replace(NUMBER, found[1]) for found, said in fits), text)

    return say


def _expression(text: str) -> re.Pattern[str]:
    return re.compile(r"(\d+)".join(map(re.escape, text.split(NUMBER))))
