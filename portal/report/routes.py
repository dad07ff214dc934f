"""`/district/<id>/report.pdf` and `.xlsx`, `/report.pdf` and `.xlsx`: the report's page as files."""

from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from portal.errors import NotFound
from portal.language import _, language
from portal.releases import Releases
from portal.report.asked import Pins, Question, ask, file_stem
from portal.report.build import make_report
from portal.report.press import FORMS, Press, Wanted, tag_of
from portal.serving.headsonly import asks_heads, heads_only
from portal.serving.pinned import pinned_file

TYPES = {"pdf": "application/pdf", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def report_routes(releases: Releases, press: Press, base: str) -> list[Route]:
    """The files of reports. `base`: the portal's own address, printed on them; empty where it has none."""

    def sends(form: str) -> Callable[[Request], Awaitable[Response]]:
        async def send(request: Request) -> Response:
            question = await run_in_threadpool(_asked, releases, request)
            name = file_stem(question.place, question.month, language())
            wanted = Wanted(question.pins.name, name, form)
            if asks_heads(request):
                return heads_only(_heads(wanted), TYPES[form])
            found = await press.file(wanted, lambda: make_report(question, base=base))
            return _response(found, wanted, request)

        return send

    return [
        Route(f"{path}.{form}", sends(form)) for form in FORMS for path in ("/report", "/district/{district}/report")
    ]


def _asked(releases: Releases, request: Request) -> Question:
    _shown, view = pinned_file(releases, request)
    pins = Pins.of(releases, view.as_of)
    question = ask(pins, request.path_params.get("district"), view.month) if pins else None
    if question is None:
        raise NotFound(_("There is no report of this place and month."))
    return question


def _heads(wanted: Wanted) -> dict[str, str]:
    return {
        "vary": "Accept-Language",
        "content-disposition": f'attachment; filename="{wanted.name}.{wanted.form}"',
    }


def _response(found: bytes, wanted: Wanted, request: Request) -> Response:
    tag = tag_of(found)
    sent = {"etag": tag, **_heads(wanted)}
    if tag in [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=sent)
    return Response(found, headers=sent, media_type=TYPES[wanted.form])
