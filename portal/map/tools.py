"""What stands above the map for those with script: a search for places, and shapes to draw or to open.

The search asks for `/places.json` once, when somebody comes to it, and for the city's public addresses, where there are
any, when somebody first types: all of them, so that what is asked for tells nothing of what is looked for. It looks
there: what is typed never leaves the browser. A file that somebody opens is read there too; only the outline goes into
the address.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from dash.development.base_component import Component
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from layers.addressbook import INDEX
from layers.release import GeographyInfo
from portal.frame.elements import html
from portal.frame.shell import asset
from portal.language import _, language
from portal.map.shape import MOST_CORNERS, SCALE
from portal.releases import Releases
from portal.words.released import told

MOST_FILE_BYTES = 1_000_000


def tools(releases: Releases) -> Component:
    """Where `assets/mapfind.js` and `assets/mapshape.js` put their controls, and the words they need."""
    public = (releases.folder / "geo" / INDEX).is_file()
    words = {
        "find": _("Find a place or an address") if public else _("Find a place"),
        "found": _("Places found: {n}. Use the arrow keys."),
        "none": _("No such place or address") if public else _("No such place"),
        **(_address_words() if public else {}),
        "elsewhere": _("There are no figures of this measure for {place}. The map shows where it is."),
        "group": _("Sum of an area of your own"),
        "draw": _("Draw a shape"),
        "open": _("Open a GeoJSON or KML file"),
        "finish": _("Finish"),
        "undo": _("Take back the last corner"),
        "cancel": _("Cancel"),
        "how": _(
            "Set the corners by clicking on the map. With the keyboard: move the map with the arrow keys, press Enter "
            "for a corner in its middle. Escape ends it."
        ),
        "corners": _("Corners: {n}"),
        "most": _("A shape may have up to {most} corners.", most=MOST_CORNERS),
        "large": _("This file is larger than 1 MB. Save the outline alone, with fewer corners."),
        "unread": _("This file is neither GeoJSON nor KML."),
        "empty": _("There is no polygon in this file."),
        "several": _("There are {n} polygons in this file. Save the one that is meant in a file of its own."),
        "far": _("This shape does not touch the city. GeoJSON needs longitude before latitude, in degrees (WGS 84)."),
        "fewer": _("The outline had {before} corners; {after} of them are kept."),
        "filled": _("Holes of the shape are counted in."),
    }
    given = {"words": words, "scale": SCALE, "corners": MOST_CORNERS, "bytes": MOST_FILE_BYTES}
    text = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
    asked = {"data-tools": text, "data-places": f"/places.json?lang={language()}"}
    if public:
        asked |= {"data-addresses": f"/geo/{INDEX}", "data-reading": asset("map/addresses.js")}
    return html.Div(className="an-tools", hidden=True, **asked)


def _address_words() -> dict[str, str]:
    return {
        "addresses": _("Addresses found: {n}. Use the arrow keys."),
        "streets": _("Streets found: {n}. Use the arrow keys."),
        "all": _("Places found: {places}. Addresses: {addresses}. Streets: {streets}. Use the arrow keys."),
        "missing": _("This number is not in the city’s address file. Streets of that name: {n}"),
        "coming": _("The city’s addresses are on their way."),
        "street": _("Street"),
        "number": _("This is the whole street. Add a house number to choose the place that it lies in."),
        "about": _("The map shows the place that {address} lies in. Its figures are about that area, not the address."),
        "credit": _("Addresses: {sources}"),
    }


def places_offered(kinds: Iterable[str], *, sums: bool) -> Component:
    """Told to the scripts: the kinds of places that the map has figures for, and whether it adds places up."""
    return html.Span(hidden=True, **{"data-offered": " ".join(sorted(kinds)), "data-sums": "yes" if sums else "no"})


def place_routes(releases: Releases) -> list[Route]:
    """`/places.json`: every area that the releases know, by name."""

    def answer(request: Request) -> Response:
        body = json.dumps(places(releases), ensure_ascii=False, separators=(",", ":")).encode()
        tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        headers = {"etag": tag, "vary": "Accept-Language"}
        if request.headers.get("if-none-match", "").removeprefix("W/") == tag:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    return [Route("/places.json", answer)]


def places(releases: Releases) -> dict[str, Any]:
    """`kinds`: name and title; `places`: kind's number, id, name, and west, south, east, north (or null)."""
    kinds = releases.area_kinds()
    return {
        "kinds": [[kind.name, told(kind.title)] for kind in kinds],
        "places": [[at, *each] for at, kind in enumerate(kinds) for each in _places(kind)],
    }


def _places(kind: GeographyInfo) -> list[list[Any]]:
    return [[unit.id, unit.name, unit.bbox] for unit in kind.units]
