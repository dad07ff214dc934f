"""Who says what a picture shows, as of when, and by which release it can be found again."""

from layers.release import Manifest
from portal.language import _
from portal.words.released import told
from portal.words.wording import day_text, list_text


def source_line(manifest: Manifest) -> str:
    """Of a picture of one topic."""
    return _(
        "Source: {publishers}. {topic}, {city}, as of {day}. Release {release}.",
        publishers=_publishers([manifest]), topic=told(manifest.title), city=manifest.city.name,
        day=day_text(manifest.as_of), release=manifest.release,
    )  # fmt: skip


def source_lines(manifests: list[Manifest]) -> str:
    """Of a picture of several."""
    return _(
        "Source: {publishers}. {city}: {topics}.",
        publishers=_publishers(manifests), city=manifests[0].city.name, topics="; ".join(map(_named, manifests)),
    )  # fmt: skip


def _named(manifest: Manifest) -> str:
    return _(
        "{topic} as of {day}, release {release}",
        topic=told(manifest.title), day=day_text(manifest.as_of), release=manifest.release,
    )  # fmt: skip


def _publishers(manifests: list[Manifest]) -> str:
    names = {each.publisher for manifest in manifests for each in manifest.sources}
    return list_text(sorted(names)) or manifests[0].city.name
