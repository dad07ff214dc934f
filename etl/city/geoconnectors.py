"""What `[connector]` may say of map services and of service requests over HTTP."""

from datetime import date
from typing import Literal

from pydantic import Field

from etl.city.models import Crs, Text
from etl.city.webconnectors import WebConnector

Shapes = Literal["points", "representative"]

_SHAPES = "What to do with lines and polygons: `points` refuses them, `representative` takes one point on each."


class ArcgisConnector(WebConnector):
    """A layer of an ArcGIS feature or map service. Dates come in ISO 8601 (UTC), coded values as their codes."""

    kind: Literal["arcgis"] = Field(description="Kind of feed.")
    where: Text | None = Field(default=None, description="Condition in SQL that rows must meet; without it, all rows.")
    edited_field: Text | None = Field(
        default=None, description="Field with the moment of a row's last edit; needed to ask for changes."
    )
    page_size: int = Field(default=2000, ge=1, description="Most rows of one answer; the server's own limit holds too.")
    shapes: Shapes = Field(default="points", description=_SHAPES)
    crs: Crs | None = Field(
        default=None, description="Coordinate system of a server that does not say it; what a server says goes first."
    )
    token_as: Literal["header", "parameter"] = Field(
        default="header", description="How the token is sent: in `X-Esri-Authorization`, or as `token` in the address."
    )


class OgcFeaturesConnector(WebConnector):
    """A collection of an OGC API Features service; `url` is that of the service or of its landing page."""

    kind: Literal["ogcfeatures"] = Field(description="Kind of feed.")
    collection: Text = Field(description="Id of the collection.")
    parameters: dict[str, Text] = Field(
        default={}, description="Further parameters of every request, such as a property that features must have."
    )
    changed_property: Text | None = Field(
        default=None, description="Property with the moment of a feature's last change; needed to ask for changes."
    )
    changes_by: Literal["datetime", "filter"] = Field(
        default="datetime",
        description="How changes are asked for: `datetime` where that is the moment the server's own `datetime` means, "
        "`filter` (CQL2) elsewhere.",
    )
    page_size: int = Field(default=1000, ge=1, description="Most features of one answer; the server may give fewer.")
    shapes: Shapes = Field(default="points", description=_SHAPES)
    secret_as: Text = Field(default="Authorization", description="Header that carries the secret.")


class Open311Connector(WebConnector):
    """Service requests of an Open311 GeoReport v2 server; `url` ends before `/requests.json`."""

    kind: Literal["open311"] = Field(description="Kind of feed.")
    first_day: date = Field(description="First day the server has requests of.")
    format: Literal["json", "xml"] = Field(default="json", description="Form of the answers.")
    jurisdiction: Text | None = Field(default=None, description="`jurisdiction_id`, where the server needs it.")
    extensions: bool = Field(default=False, description="Ask for the fields that the city added (`extensions=true`).")
    parameters: dict[str, Text] = Field(
        default={}, description="Further parameters of every request, such as `status` or `service_code`."
    )
    window_days: int = Field(default=90, ge=1, le=90, description="Days that one question spans at most.")
    cap: int = Field(default=1000, ge=2, description="So many requests in an answer mean that it may be cut.")
    page_size: int | None = Field(
        default=None, ge=1, description="Requests of a page, where the server knows `page` and `page_size`."
    )
    updates: bool = Field(
        default=False, description="Whether the server knows `updated_after` and `updated_before`, for changes."
    )
