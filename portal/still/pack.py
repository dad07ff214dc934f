"""The meeting pack: one download with the picture, its words, alt text, source line, figures, and a page to print."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from portal.language import _, offered, speaking
from portal.releases import Releases
from portal.report.pdf import NO_LIBRARY
from portal.serving.downloads import csv_text, rows_of
from portal.still.drawing import Picture
from portal.still.picture import map_picture
from portal.still.png import png_of
from portal.still.sheet import sheet_html
from portal.view import View

_PICTURE = "map.svg"


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack whose pages are not set yet, and whose pictures are not drawn as PNG: both take long.

    `sheets`: language → the document that `portal.report.pdf` sets.
    """

    name: str
    release: str
    built_at: datetime
    files: Mapping[str, str]
    sheets: Mapping[str, str]


def meeting_pack(releases: Releases, view: View, base: str) -> Pack | None:
    """A folder for each language, and the figures; None where nothing is published.

    The same release and question give the same bytes. `base` is the portal's address, for the links.
    """
    files: dict[str, str] = {}
    sheets: dict[str, str] = {}
    name = ""
    figures: tuple[View, ...] = ()
    for code in offered():
        with speaking(code, in_address=True):
            picture = map_picture(releases, view)
            if picture is None:
                return None
            name, figures = picture.name, picture.sources
            link = f"{base}/map{picture.view.query(lang=code)}"
            files |= {f"{code}/{each}": content for each, content in _files(picture, link).items()}
            sheets[code] = sheet_html(releases, view, picture, link)
    behind = [(each, releases.required(each.topic or "", each.as_of)) for each in figures]
    for each, release in behind:
        ending = f"-{release.topic}" if len(behind) > 1 else ""
        files[f"figures{ending}.csv"] = csv_text(release.manifest, each, rows_of(release, each))
    newest = max((release for _view, release in behind), key=lambda each: each.manifest.built_at)
    return Pack(pack_name(name), newest.id, newest.manifest.built_at, files, sheets)


def pack_name(picture: str) -> str:
    """What the pack of a picture is called. `picture`: its name."""
    return f"meeting-pack_{picture}.zip"


def packed(pack: Pack, pages: Mapping[str, bytes]) -> bytes:
    """The ZIP, with each picture as PNG too. `pages`: language → PDF; a language without one says why. Dated as the
    release.
    """
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**pack.files, **_drawn(pack), **_printed(pack, pages)}.items():
            entry = zipfile.ZipInfo(name, pack.built_at.astimezone(UTC).timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return into.getvalue()


def _drawn(pack: Pack) -> dict[str, bytes]:
    return {f"{code}/map.png": png_of(pack.files[f"{code}/{_PICTURE}"]) for code in pack.sheets}


def _printed(pack: Pack, pages: Mapping[str, bytes]) -> dict[str, str | bytes]:
    found: dict[str, str | bytes] = {}
    for code in pack.sheets:
        if code in pages:
            found[f"{code}/page.pdf"] = pages[code]
            continue
        with speaking(code):
            found[f"{code}/no-pdf.txt"] = _(NO_LIBRARY) + "\n"
    return found


def _files(picture: Picture, link: str) -> dict[str, str]:
    words = [
        picture.title, "", picture.alt, "",
        picture.source, picture.caution, "",
        _("These figures for good: {link}", link=link), "",
        _("Text for readers who cannot see the picture:"), f"{picture.title}. {picture.alt}", "",
    ]  # fmt: skip
    return {_PICTURE: picture.svg, "words.txt": "\n".join(words)}
