"""The columns of every published table in words: on data pages and as a file. A test compares them with the schema."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from layers.measures import STATUS_MEANING
from portal.language import N_
from portal.serving.downloads import dictionary_csv

COLUMN_ROWS: tuple[tuple[str, str, str], ...] = (
    ("topic", N_("text"), N_("Family of records.")),
    ("measure", "text", N_("What is counted or computed; names ending in _per_1000 are rates.")),
    (
        "category",
        "text",
        N_("“all”, a category in plain language, or agency_… for all categories of one agency together."),
    ),
    (
        "geography",
        "text",
        N_("Kind of place: zone1 and zone2 (protected), h3_7 to h3_9 (hexagons), an area kind, or city."),
    ),
    ("unit", "text", N_("Which place: zone, hexagon (15 hex digits), area id, or “city”.")),
    ("grain", "text", N_("How long a period is: day, week, month, quarter, year or rolling_12m.")),
    ("kind", "text", N_("count, rate, duration or share. Only counts may be added up.")),
    ("period", N_("date"), N_("First day of the period, in the city’s time zone.")),
    ("status", "text", N_("Why there is a value or none: value, zero, hidden, not_collected or not_reported.")),
    (
        "value",
        N_("number"),
        N_("The figure as published. Empty unless status is value or zero; empty never means zero."),
    ),
    ("low", "number", N_("Lower end of the range in which the true figure lies with 90 % confidence. Empty: exact.")),
    ("high", "number", N_("Upper end of that range.")),
    (
        "flag",
        "text",
        N_(
            "caution: uncertain by more than 30 %. unrankable: by more than 50 %. partial: not all of the period was "
            "reported. Empty: none of them."
        ),
    ),
)


def dictionary_routes() -> list[Route]:
    """`/download/dictionary.csv`."""
    statuses = tuple((f"status = {status.value}", "word", meaning) for status, meaning in STATUS_MEANING.items())
    body = dictionary_csv((*COLUMN_ROWS, *statuses))

    def dictionary(request: Request) -> Response:
        headers = {"content-disposition": 'attachment; filename="dictionary.csv"'}
        return Response(body, media_type="text/csv; charset=utf-8", headers=headers)

    return [Route("/download/dictionary.csv", dictionary)]
