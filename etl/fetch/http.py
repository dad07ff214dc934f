"""The one client for feeds over HTTP: patient with servers, strict about what they send, silent about secrets."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from etl.city.webconnectors import WebConnector, is_link_local, is_loopback
from etl.errors import SourceUnreadable
from etl.fetch.connector import MEGABYTE, Request, Timing
from etl.version import code_version

if TYPE_CHECKING:
    import ssl

    import httpx2
    import tenacity

MAX_REDIRECTS = 5
MAX_ANSWER_BYTES = 256 * MEGABYTE
LONGEST_WAIT = 300.0
"""Seconds: a server that wants to be left alone for longer ends the fetch; the schedule will ask again."""
_FIRST_WAIT, _MAX_WAIT = 1.0, 60.0
_SLOWEST = 1_000
"""Bytes a second, on average: what comes slower is given up after ten timeouts."""
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})
_MOVED = frozenset({301, 302, 303, 307, 308})
_GLANCE = 2_048
_CONNECTIONS = 2
_NONE: Mapping[str, str] = {}
Form = Mapping[str, str | int] | bytes
"""What is posted: fields, or a body that the caller wrote and whose `Content-Type` stands in the headers."""

Parsed = TypeVar("Parsed")


class HttpFailed(SourceUnreadable):
    """A server did not give what was asked for.

    `status` is what it answered, None if nothing. `again` is whether it was worth asking again, `wait` the seconds it
    wants to be left alone. The message names the server, never a whole address, a token or a body.
    """

    def __init__(
        self,
        what: str,
        remedy: str | None = None,
        *,
        status: int | None = None,
        again: bool = False,
        wait: float | None = None,
    ) -> None:
        super().__init__(what, remedy)
        self.status = status
        self.again = again
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Answer:
    """A small answer, whole. The names of `headers` are in lower case."""

    host: str
    status: int
    headers: Mapping[str, str]
    content: bytes


def from_json(answer: Answer) -> Any:
    """The JSON of an answer. Raises HttpFailed, worth another try, for one that is cut off."""
    try:
        return orjson.loads(answer.content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        raise HttpFailed(f"{answer.host} sent JSON that is cut off, or no JSON.", again=True) from None


class Web:
    """The conversation with the servers of one source: see `open_web`."""

    def __init__(
        self,
        client: "httpx2.Client",
        declared: WebConnector,
        timing: Timing,
        secret_headers: Mapping[str, str],
        secret_params: Mapping[str, str],
    ) -> None:
        import httpx2

        self._client = client
        self._declared = declared
        self._origin = httpx2.URL(declared.url).origin
        self._secret_headers = secret_headers
        self._secret_params = secret_params
        self._next = 0.0
        self.timing = timing
        self.moment: datetime | None = None
        """The server's clock with its last answer; None if it told none that can be read."""

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] = _NONE,
        headers: Mapping[str, str] = _NONE,
        form: Form | None = None,
        accept: tuple[int, ...] = (200,),
    ) -> Answer:
        """The whole answer, asked for again while that may help. With `form` it is sent as POST.

        Raises HttpFailed for any other status than those accepted, for a web page where data are due, and for an
        answer of more than MAX_ANSWER_BYTES.
        """
        return self.retrying()(self._answer, url, params, headers, form, accept)

    def json(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] = _NONE,
        headers: Mapping[str, str] = _NONE,
        form: Form | None = None,
    ) -> Any:
        """The answer as JSON; one that is cut off is asked for again. Raises HttpFailed."""
        return self.parsed(url, from_json, params=params, headers=headers, form=form)

    def parsed(
        self,
        url: str,
        parse: Callable[[Answer], Parsed],
        *,
        params: Mapping[str, str | int] = _NONE,
        headers: Mapping[str, str] = _NONE,
        form: Form | None = None,
    ) -> Parsed:
        """What `parse` makes of the answer. It raises HttpFailed for what a server tells in its answer instead of in
        its status, and for half an answer: then it is asked for again."""
        return self.retrying()(lambda: parse(self._answer(url, params, headers, form, (200,))))

    @contextmanager
    def stream(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] = _NONE,
        headers: Mapping[str, str] = _NONE,
        form: Form | None = None,
        accept: tuple[int, ...] = (200,),
    ) -> Iterator["httpx2.Response"]:
        """One try: the open answer, at the end of its redirects. Read it with `chunks`. Raises HttpFailed."""
        import httpx2

        try:
            response = self._sent(httpx2.URL(url), params, headers, form)
            try:
                if response.status_code not in accept:
                    raise self._refusal(response)
                yield response
            finally:
                response.close()
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise _broken(httpx2.URL(url).host, error) from None

    def chunks(self, response: "httpx2.Response", *, most: int = MAX_ANSWER_BYTES) -> Iterator[bytes]:
        """The unpacked body. Raises HttpFailed when it is longer than `most` bytes or hardly moves."""
        start, patience, size = self.timing.clock(), 10 * self._declared.timeout_seconds, 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > most:
                raise HttpFailed(f"{response.url.host} sends more than {most // MEGABYTE:,} MB in one answer.")
            elapsed = self.timing.clock() - start
            if elapsed > patience and response.num_bytes_downloaded < elapsed * _SLOWEST:
                raise HttpFailed(f"{response.url.host} sends too slowly.", again=True)
            yield chunk

    def retrying(self) -> "tenacity.Retrying":
        """Calls a function until it raises no HttpFailed that is worth another try, at most `tries` times."""
        import tenacity

        return tenacity.Retrying(
            sleep=self.timing.sleep,
            stop=tenacity.stop_after_attempt(self._declared.tries),
            wait=self._wait,
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, HttpFailed) and error.again),
            reraise=True,
        )

    def _wait(self, state: "tenacity.RetryCallState") -> float:
        """Twice as long each time, half of it drawn, so that many cities do not come back at the same moment."""
        failed = state.outcome.exception() if state.outcome else None
        backoff = min(_MAX_WAIT, _FIRST_WAIT * 2.0 ** (state.attempt_number - 1)) * (0.5 + self.timing.draw() / 2)
        asked = failed.wait if isinstance(failed, HttpFailed) else None
        return max(backoff, asked or 0.0)

    def _answer(
        self,
        url: str,
        params: Mapping[str, str | int],
        headers: Mapping[str, str],
        form: Form | None,
        accept: tuple[int, ...],
    ) -> Answer:
        with self.stream(url, params=params, headers=headers, form=form, accept=accept) as response:
            content = b"".join(self.chunks(response))
            require_no_page(response.url.host, content)
            return Answer(
                response.url.host, response.status_code, {k.lower(): v for k, v in response.headers.items()}, content
            )

    def _sent(
        self,
        url: "httpx2.URL",
        params: Mapping[str, str | int],
        headers: Mapping[str, str],
        form: Form | None,
    ) -> "httpx2.Response":
        if added := {**params, **(self._secret_params if url.origin == self._origin else {})}:
            url = url.copy_merge_params(added)  # a signed address without additions stays as it is, to the byte
        for _ in range(MAX_REDIRECTS + 1):
            secret = self._secret_headers if url.origin == self._origin else {}
            sent = {"content": form} if isinstance(form, bytes) else {"data": form}
            request = self._client.build_request(
                "GET" if form is None else "POST", url, headers={**headers, **secret}, **sent
            )
            self._pause()
            response = self._client.send(request, stream=True)
            self.moment = _moment(response.headers)
            if response.status_code not in _MOVED or "location" not in response.headers:
                return response
            response.close()
            url = self._onward(url, response.headers["location"])
            form = form if response.status_code in (307, 308) else None
        raise HttpFailed(f"{url.host} sends from one address to the next without end.")

    def linked(self, location: str) -> str:
        """The address that the declared server names in an answer. Raises HttpFailed as for a redirect to it."""
        import httpx2

        declared = httpx2.URL(self._declared.url)
        try:
            return str(self._onward(declared, location, plain=self._declared.allow_http))
        except httpx2.InvalidURL as error:
            raise _broken(declared.host, error) from None

    def _onward(self, url: "httpx2.URL", location: str, *, plain: bool = False) -> "httpx2.URL":
        """Where a redirect leads. Raises HttpFailed if that is less safe than where it comes from."""
        target = url.join(location)
        plain = plain or url.scheme == "http"
        unsafe = target.scheme != "https" and not (target.scheme == "http" and plain)
        inward = (is_loopback(target.host) and not is_loopback(self._origin.host)) or is_link_local(target.host)
        # every other private address is found when it is connected to: see etl.fetch.inward
        if unsafe or inward or target.userinfo:
            raise HttpFailed(f"{url.host} sends to an address that is not safe.")
        secrets = [*self._secret_headers.values(), *self._secret_params.values()]
        if target.origin != self._origin and any(secret in location for secret in secrets):
            raise HttpFailed(f"{url.host} would pass the secret on to another server.")
        return target

    def _pause(self) -> None:
        now = self.timing.clock()
        if self._next > now:
            self.timing.sleep(self._next - now)
        self._next = max(now, self._next) + 1 / self._declared.per_second

    def _refusal(self, response: "httpx2.Response") -> HttpFailed:
        status, host = response.status_code, response.url.host
        if status in (401, 403):
            name = self._declared.secret
            what = f"the secret {name} was refused" if name else "it wants a secret, and none is declared"
            return HttpFailed(f"{host} answered {status}: {what}.", _SECRET, status=status)
        if status in (404, 410):
            return HttpFailed(f"{host} has nothing at the declared address ({status}).", status=status)
        wait = _retry_after(response.headers)
        if status in _LATER and wait is not None and wait > LONGEST_WAIT:
            return HttpFailed(f"{host} wants to be left alone for {wait / 60:,.0f} minutes ({status}).", status=status)
        return HttpFailed(f"{host} answered {status}.", status=status, again=status in _LATER, wait=wait)


@contextmanager
def open_web(
    declared: WebConnector,
    request: Request,
    *,
    secret_headers: Mapping[str, str] = _NONE,
    secret_params: Mapping[str, str] = _NONE,
) -> Iterator[Web]:
    """A client for the servers of one source.

    Secret headers and parameters go with every request to the server of `declared.url`, and to no other one. A proxy,
    hosts without one and a file of certificates are taken from `HTTPS_PROXY`, `NO_PROXY` and `SSL_CERT_FILE` of
    `request.environ`.
    """
    import httpx2

    for name in ("httpx2", "httpcore2"):  # they log whole addresses
        logging.getLogger(name).setLevel(logging.WARNING)
    timeout, trusted = declared.timeout_seconds, _trusted(request.environ.get("SSL_CERT_FILE") or None)
    with httpx2.Client(
        headers={"User-Agent": f"Hearthmap/{code_version().partition('+')[0]} (city data)", "Accept": "*/*"},
        timeout=httpx2.Timeout(timeout, connect=min(timeout, 30.0)),
        transport=_transport(declared, trusted),
        verify=trusted,
        proxy=request.environ.get("HTTPS_PROXY") or request.environ.get("https_proxy") or None,
        mounts=_without_proxy(request.environ),
        limits=httpx2.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=1),
        trust_env=False,
    ) as client:
        yield Web(client, declared, request.timing, secret_headers, secret_params)


def require_no_page(host: str, content: bytes) -> None:
    """Raise HttpFailed for a web page where data are due: what one gets who is not signed in, with status 200."""
    start = content[:_GLANCE].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(b"<") and (b"<html" in start or b"<!doctype html" in start):
        raise HttpFailed(
            f"{host} sent a web page where data are due, as a sign-in page is.",
            "Open the address in a private window of a browser: is it public, and does it lead to the file itself? "
            "The last release stays up.",
        )


_SECRET = "Set the secret anew, and check with the agency that it may read this feed; the last release stays up."


@lru_cache(maxsize=2)
def _trusted(cafile: str | None) -> "ssl.SSLContext":
    """Whose certificates are trusted: the machine's list, or the file's. Reading either takes a while."""
    import ssl

    import httpx2

    return ssl.create_default_context(cafile=cafile) if cafile else httpx2.create_ssl_context(trust_env=False)


def _transport(declared: WebConnector, trusted: "ssl.SSLContext") -> "httpx2.HTTPTransport":
    """What connects, and looks at each address first. Where a proxy connects, it does so by rules of its own."""
    import httpcore2
    import httpx2

    from etl.fetch.inward import Outward

    transport = httpx2.HTTPTransport(verify=trusted, trust_env=False)
    transport._pool = httpcore2.ConnectionPool(  # it has no argument for what connects; nothing was opened yet
        ssl_context=trusted,
        max_connections=_CONNECTIONS,
        max_keepalive_connections=1,
        network_backend=Outward(httpx2.URL(declared.url).host, declared.private_hosts),
    )
    return transport


def _without_proxy(environ: Mapping[str, str]) -> dict[str, None]:
    listed = (environ.get("NO_PROXY") or environ.get("no_proxy") or "").split(",")
    hosts = [host.strip().lstrip(".") for host in listed if host.strip()]
    return {f"all://{host}": None for host in ["localhost", "127.0.0.1", *(f"*{host}" for host in hosts)]}


def _broken(host: str, error: Exception) -> HttpFailed:
    """A failure of the connection, in our words: the library's may quote the address."""
    import httpx2

    if isinstance(error, httpx2.InvalidURL | httpx2.UnsupportedProtocol):
        return HttpFailed(f"{host} sends to an address that cannot be read.")
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return HttpFailed(f"The certificate of {host} is not trusted.", "Ask the agency, or set SSL_CERT_FILE.")
    if isinstance(error, httpx2.TimeoutException):
        return HttpFailed(f"{host} did not answer in time.", again=True)
    if isinstance(error, httpx2.ConnectError | httpx2.ProxyError):
        return HttpFailed(f"{host} could not be reached.", again=True)
    return HttpFailed(f"{host} broke off in the middle of its answer.", again=True)


def _moment(headers: Mapping[str, str]) -> datetime | None:
    try:
        said = parsedate_to_datetime(headers["date"])
    except (KeyError, TypeError, ValueError):
        return None
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds; a moment is taken by the server's own clock. None where it says nothing that can be read."""
    said = headers.get("retry-after", "").strip()
    if said.isdigit():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - parsedate_to_datetime(headers["date"])).total_seconds())
    except (KeyError, TypeError, ValueError):
        return None
