"""For whoever runs the portal: is it alive, is it ready, how is it doing."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from portal.releases import Releases
from portal.serving.middleware import Tally


def operation_routes(releases: Releases, tally: Tally) -> list[Route]:
    """`/healthz`: the process answers. `/readyz`: there is something to show. `/metrics`: figures in text."""

    def healthz(request: Request) -> Response:
        return PlainTextResponse("ok")

    def readyz(request: Request) -> Response:
        missing = sorted(topic for topic in releases.current if releases.manifest(topic) is None)
        if missing or not releases.current:
            reason = "a published release is incomplete" if missing else "nothing is published yet"
            return JSONResponse({"ready": False, "reason": reason}, 503)
        return JSONResponse({"ready": True, "topics": dict(releases.current)})

    def metrics(request: Request) -> Response:
        return PlainTextResponse(metrics_text(releases, tally), media_type="text/plain; version=0.0.4")

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def metrics_text(releases: Releases, tally: Tally) -> str:
    """Figures in the Prometheus text format."""
    lines = ["# TYPE hearthmap_requests_total counter"]
    for (label, status), number in sorted(tally.requests.items()):
        lines.append(f'hearthmap_requests_total{{path="{label}",status="{status}"}} {number}')
    lines.append("# TYPE hearthmap_request_seconds_total counter")
    for label, seconds in sorted(tally.seconds.items()):
        lines.append(f'hearthmap_request_seconds_total{{path="{label}"}} {seconds:.6f}')
    lines.append("# TYPE hearthmap_topic_late gauge")
    for each in releases.status.topics if releases.status else ():
        lines.append(f'hearthmap_topic_late{{topic="{each.topic}"}} {int(each.late)}')
    return "\n".join(lines) + "\n"
