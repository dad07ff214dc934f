"""The machine's own Chromium, driven by Playwright, and what a page must not do while it is watched."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright

INSTALL = "Chromium is missing: run .ci/setup, install your system's chromium package, or name one in $CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",  # tests run as root in containers
    "--use-angle=swiftshader",  # maps need WebGL, also without a graphics card
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
]


def executable() -> str | None:
    """Path of the Chromium to use, if there is one."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.contextmanager
def launched() -> Iterator[Browser]:
    """Chromium, without a window, ended afterwards."""
    path = executable()
    if path is None:
        raise RuntimeError(INSTALL)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, headless=True, args=ARGUMENTS)
        try:
            yield chromium
        finally:
            chromium.close()


@dataclass(slots=True)
class Watch:
    """What a page did: errors in its console, failed requests, and requests to any host but its own."""

    host: str
    errors: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """All of them, in words."""
        return [
            *(f"console: {error}" for error in self.errors),
            *(f"failed: {url}" for url in self.failed),
            *(f"other host: {url}" for url in self.foreign),
        ]


def watch(page: Page, origin: str) -> Watch:
    """Watches a page from now on; requests to other hosts than that of `origin` count as foreign."""
    seen = Watch(urlsplit(origin).netloc)

    def on_request(request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("http", "https", "ws", "wss") and url.netloc != seen.host:
            seen.foreign.append(request.url)

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            seen.errors.append(message.text)

    def on_response(response: Response) -> None:
        if response.status >= 500:
            seen.failed.append(f"{response.status} {response.url}")

    page.on("request", on_request)
    page.on("console", on_console)
    page.on("response", on_response)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    return seen
