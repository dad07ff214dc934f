"""How large the still maps of a store are."""

from portal.releases import Releases
from portal.still.picture import map_picture
from portal.view import View

MOST = 150_000
"""Bytes, without packing."""


def too_large(releases: Releases) -> dict[str, int]:
    """Pictures of the newest release of each topic, of every geography, that are too large."""
    found: dict[str, int] = {}
    for manifest in releases.manifests():
        for geography in manifest.geographies:
            for layer in (None, "supply", "hotspots") if geography.name != "city" else ():
                view = View(topic=manifest.topic, geography=geography.name, layer=layer)
                picture = map_picture(releases, view)
                found[view.query()] = len(picture.svg.encode()) if picture else 0
    assert max(found.values()) > 0
    return {query: size for query, size in found.items() if size >= MOST}
