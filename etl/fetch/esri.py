"""What an ArcGIS layer says of itself and how its features become rows of text."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from etl.errors import SchemaDrift, SourceUnreadable
from etl.fetch.shapepoint import NoPoint, esri_position, to_wgs84

POINT_COLUMNS = ("lng", "lat")

_OBJECT_ID, _DATE = "esriFieldTypeOID", "esriFieldTypeDate"
_UTC = frozenset({"UTC", "Etc/UTC", "Coordinated Universal Time"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DEFAULT_PAGE = 1000
_SINGLE = "esriGeometryPoint"
_WGS84 = 4326


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: the field of its object ids, how many rows it gives at once, whether it gives them page by page, its
    fields, which of them hold moments (milliseconds since 1970), and on which clock it reads the moments of a question
    for each of them (None where that is not known)."""

    object_id: str
    most: int
    pages: bool
    shape: str | None
    fields: tuple[str, ...]
    moments: frozenset[str]
    clock: ZoneInfo | None
    edit_field: str | None
    edit_clock: ZoneInfo | None
    last_edit: int | None
    """When anything in it was edited last (milliseconds), where the server says so."""

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Layer":
        """From the layer's own description. Raises SourceUnreadable for what is none or cannot be asked."""
        fields = [field for field in said.get("fields") or () if isinstance(field, dict) and field.get("name")]
        ids = [said.get("objectIdField"), *(f["name"] for f in fields if f.get("type") == _OBJECT_ID)]
        object_id = next((name for name in ids if name), None)
        if object_id is None:
            raise SourceUnreadable(
                "The address is no ArcGIS layer with object ids.",
                "The address of a layer ends with its number, such as …/FeatureServer/0; the last release stays up.",
            )
        able = said.get("advancedQueryCapabilities") or {}
        edits = said.get("editFieldsInfo") or {}
        return cls(
            object_id=object_id,
            most=int(said.get("maxRecordCount") or _DEFAULT_PAGE),
            pages=bool(able.get("supportsPagination", said.get("supportsPagination", False))),
            shape=said.get("geometryType"),
            fields=tuple(field["name"] for field in fields),
            moments=frozenset(field["name"] for field in fields if field.get("type") == _DATE),
            clock=_clock(said.get("dateFieldsTimeReference")),
            edit_field=edits.get("editDateField"),
            edit_clock=_clock(edits.get("dateFieldsTimeReference")),
            last_edit=last if isinstance(last := (said.get("editingInfo") or {}).get("lastEditDate"), int) else None,
        )

    def require_points(self, *, representative: bool) -> None:
        """Raise NoPoint for a layer of lines or polygons, unless one point may stand for each."""
        if self.shape and self.shape != _SINGLE and not representative:
            raise NoPoint

    def known(self, names: Sequence[str]) -> list[str]:
        """Which of these columns the layer has."""
        return [name for name in dict.fromkeys(names) if name in self.fields]

    def require_moment(self, field: str) -> None:
        """Raise SchemaDrift unless the field is there and holds moments."""
        if field not in self.moments:
            raise SchemaDrift(
                f"The layer has no field {field!r} of type date.", "Correct `edited_field` in [connector]."
            )

    def edited_since(self, field: str, moment: datetime) -> str:
        """The condition for rows edited at that moment or later, on the clock by which the server reads it.

        Where that clock is not told, or turns back an hour in autumn, it begins so much earlier that nothing is missed.
        """
        clock = self.edit_clock if field == self.edit_field else self.clock
        local = (moment - timedelta(days=1)).replace(tzinfo=None) if clock is None else moment.astimezone(clock)
        if clock is not None and clock.key != "UTC":
            local -= timedelta(hours=1)
        return f"{field} >= TIMESTAMP '{local:%Y-%m-%d %H:%M:%S}'"


def _clock(said: Mapping[str, Any] | None) -> ZoneInfo | None:
    """Without a word, UTC is meant."""
    if not said or {said.get("timeZone"), said.get("timeZoneIANA")} & _UTC:
        return ZoneInfo("UTC")
    try:
        return ZoneInfo(said["timeZoneIANA"])
    except (KeyError, ValueError, OSError, TypeError):  # a clock named in Windows' way only, or unknown here
        return None


@dataclass(frozen=True, slots=True)
class Features:
    """The features of one answer: `ids` in their order, `rows` of text, the newest edit (milliseconds), and whether
    the server says that there are more."""

    ids: tuple[int, ...]
    rows: list[dict[str, str | None]]
    newest: int | None
    more: bool


def features(
    said: Mapping[str, Any], layer: Layer, *, edited: str | None, crs: str | None, representative: bool
) -> Features:
    """The features of an answer. Raises SourceUnreadable where places cannot be told, and for ids that are none."""
    found: list[dict[str, Any]] = said.get("features") or []
    attributes = [feature.get("attributes") or {} for feature in found]
    try:
        ids = tuple(int(each[layer.object_id]) for each in attributes)
    except (KeyError, TypeError, ValueError):
        raise SourceUnreadable("The ArcGIS server gives rows without an object id.") from None
    rows = [dict(_told(each, layer.moments)) for each in attributes]
    if layer.shape:
        for row, place in zip(rows, _places(said, crs, representative=representative), strict=True):
            row["lng"], row["lat"] = (None, None) if place is None else (repr(place[0]), repr(place[1]))
    edits = [each[edited] for each in attributes if isinstance(each.get(edited), int)] if edited else []
    return Features(ids, rows, max(edits, default=None), bool(said.get("exceededTransferLimit")))


def _places(said: Mapping[str, Any], crs: str | None, *, representative: bool) -> list[tuple[float, float] | None]:
    positions = [
        esri_position(feature.get("geometry"), representative=representative) for feature in said.get("features") or ()
    ]
    return to_wgs84(positions, _reference(said.get("spatialReference")) or crs)


def _reference(said: Mapping[str, Any] | None) -> Any:
    """What pyproj knows the server's spatial reference by; None where it names none, and for WGS 84."""
    if not said:
        return None
    number = said.get("latestWkid") or said.get("wkid")
    if number == _WGS84:
        return "OGC:CRS84"
    if isinstance(number, int):
        return number
    return said.get("wkt2") or said.get("wkt")


def _told(attributes: Mapping[str, Any], moments: frozenset[str]) -> Iterator[tuple[str, str | None]]:
    for name, value in attributes.items():
        given = f"{name}_source" if name in POINT_COLUMNS else name
        yield given, _moment(value) if name in moments else _text(value)


def _moment(value: Any) -> str | None:
    """Milliseconds since 1970 as ISO 8601 in UTC, to the second; what is no such number stays as it is."""
    if not isinstance(value, int | float):
        return _text(value)
    try:
        return (_EPOCH + timedelta(milliseconds=value)).isoformat(timespec="seconds")
    except (OverflowError, ValueError):
        return _text(value)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()
