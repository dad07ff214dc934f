"""The meeting pack: one download with the picture, its sentences, its alt text, its source line and its figures."""

import io
import zipfile
from datetime import UTC

from portal.language import _, offered, speaking
from portal.releases import Releases
from portal.serving.downloads import csv_text, rows_of
from portal.still.picture import Picture, map_picture
from portal.still.png import png_of
from portal.view import View


def meeting_pack(releases: Releases, view: View, base: str) -> tuple[str, bytes] | None:
    """File name and bytes of a ZIP with a folder for each language; None where nothing is published.

    The same release and question give the same bytes. `base` is the portal's address, for the link.
    """
    packed = io.BytesIO()
    first: Picture | None = None
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as pack:
        for code in offered():
            with speaking(code, in_address=True):
                picture = map_picture(releases, view)
                if picture is None:
                    return None
                first = first or picture
                for name, content in _files(releases, picture, f"{base}/map{picture.view.query(lang=code)}").items():
                    pack.writestr(_entry(releases, picture, f"{code}/{name}"), content)
        release = releases.required(first.view.topic or "", first.view.as_of) if first else None
        if first is None or release is None:
            return None
        pinned = first.view
        pack.writestr(
            _entry(releases, first, "figures.csv"), csv_text(release.manifest, pinned, rows_of(release, pinned))
        )
    return f"meeting-pack_{first.name}.zip", packed.getvalue()


def _files(releases: Releases, picture: Picture, link: str) -> dict[str, str | bytes]:
    words = [
        picture.title, "", picture.alt, "",
        picture.source, picture.caution, "",
        _("These figures for good: {link}", link=link), "",
        _("Text for readers who cannot see the picture:"), f"{picture.title}. {picture.alt}", "",
    ]  # fmt: skip
    return {"map.png": png_of(picture.svg), "map.svg": picture.svg, "words.txt": "\n".join(words)}


def _entry(releases: Releases, picture: Picture, name: str) -> zipfile.ZipInfo:
    """Dated as the release, so that a pack never differs from itself."""
    built = releases.required(picture.view.topic or "", picture.view.as_of).manifest.built_at.astimezone(UTC)
    entry = zipfile.ZipInfo(name, built.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
