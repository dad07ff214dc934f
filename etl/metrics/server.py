"""`/metrics` over HTTP, for Prometheus on the internal network."""

from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST

from etl.errors import DeclarationError
from etl.unforeseen import ANY_FAILURE, as_failure


def metrics_server(host: str, port: int, text: Callable[[], bytes]) -> ThreadingHTTPServer:
    """A server that answers `/metrics` with `text()`; port 0 takes any free one. Call `serve_forever`.

    What cannot be read is answered with 503 and a sentence without values, and asked again the next time.
    """

    class Answer(BaseHTTPRequestHandler):
        server_version = "Hearthmap"
        sys_version = ""

        def do_GET(self) -> None:
            if self.path != "/metrics":
                self._send(HTTPStatus.NOT_FOUND, b"Only /metrics is here.\n", "text/plain")
                return
            try:
                body = text()
            except ANY_FAILURE as error:  # a library's message may quote a row
                self._send(HTTPStatus.SERVICE_UNAVAILABLE, f"{as_failure(error)}\n".encode(), "text/plain")
            else:
                self._send(HTTPStatus.OK, body, CONTENT_TYPE_LATEST)

        def _send(self, status: HTTPStatus, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Readings are not logged."""

    try:
        return ThreadingHTTPServer((host, port), Answer)
    except OverflowError:
        raise DeclarationError.of("command line", "--port", "is no port.", "Give one from 0 to 65535.") from None
