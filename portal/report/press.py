"""Where the files of reports come from: made ahead by `portal render`, kept from an earlier reader, or made now.

PDF pages are set in a process of its own at a low priority, one report at a time. Who waits for one holds no
thread, so pages and callbacks never wait with them.
"""

import asyncio
import hashlib
import multiprocessing
import os
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool

from portal.errors import Busy
from portal.language import _
from portal.report.model import Report
from portal.report.paper import paper_html
from portal.report.pdf import pdf_bytes
from portal.report.workbook import xlsx_bytes

FORMS = ("pdf", "xlsx")
MOST_WAITING = 6
"""Reports that may wait for the press; one more reader is asked to come back."""
MOST_BYTES = 48_000_000
SECONDS = 25.0
"""So long a reader waits; then the answer is that it is being made, and to ask again. The work goes on."""
_BEHIND = 10
"""How far the press stands back: a tenth of what pages get where the processor is scarce. Further back it would stand
still on a busy machine."""
_PER_PROCESS = 200


class Wanted(NamedTuple):
    """A file of a report: the name of the releases it is made from, its own name, its form."""

    releases: str
    name: str
    form: str


def make_file(report: Report, form: str) -> bytes:
    """The file of a report, made here and now. `form` is one of FORMS."""
    return xlsx_bytes(report) if form == "xlsx" else pdf_bytes(paper_html(report))


def made_path(folder: Path, wanted: Wanted) -> Path:
    """Where a file made ahead lies: in a folder named after the releases it was made from."""
    return folder / wanted.releases / f"{wanted.name}.{wanted.form}"


def _own_process() -> Executor:
    return ProcessPoolExecutor(
        max_workers=1,
        mp_context=multiprocessing.get_context("spawn"),  # a fork of a server with threads may hang
        initializer=_begin,
        max_tasks_per_child=_PER_PROCESS,
    )


def _begin() -> None:
    """In the process that sets pages: it stands back behind everything else, and ends with the server it works for.

    By itself it would wait for ever for a server that was killed, for it holds both ends of its own queue.
    """
    os.nice(_BEHIND)
    server = multiprocessing.parent_process()
    if server is not None:
        Thread(target=_end_after, args=(server.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(0)


class Press:
    """Hands out files of reports; all of it runs on the one event loop of its server process.

    made: the folder that `portal render` wrote to. executor: where pages are set, begun when first needed; setting:
    what sets them.
    """

    def __init__(
        self,
        made: Path | None,
        *,
        executor: Callable[[], Executor] = _own_process,
        setting: Callable[[str], bytes] = pdf_bytes,
        waiting: int = MOST_WAITING,
        seconds: float = SECONDS,
    ) -> None:
        self._made = made
        self._executor = executor
        self._setting = setting
        self._waiting = waiting
        self._seconds = seconds
        self._running: Executor | None = None
        self._working: dict[Wanted, asyncio.Task[bytes]] = {}
        self._kept: OrderedDict[Wanted, bytes] = OrderedDict()

    async def file(self, wanted: Wanted, report: Callable[[], Report]) -> bytes:
        """The bytes of a file; `report` is asked only where they must be made.

        Raises Busy where too many wait, NotMade where this machine cannot make it.
        """
        if wanted in self._kept:
            self._kept.move_to_end(wanted)
            return self._kept[wanted]
        found = await run_in_threadpool(self._ahead, wanted)
        if found is None and wanted.form == "pdf":
            return await self._printed(wanted, lambda: paper_html(report()))
        made = await run_in_threadpool(lambda: xlsx_bytes(report())) if found is None else found
        self._keep(wanted, made)
        return made

    async def sheet(self, wanted: Wanted, document: str) -> bytes:
        """The PDF of a document that was never made ahead. `wanted` must name what it holds. Raises as `file` does."""
        if wanted in self._kept:
            self._kept.move_to_end(wanted)
            return self._kept[wanted]
        return await self._printed(wanted, lambda: document)

    def _ahead(self, wanted: Wanted) -> bytes | None:
        if self._made is None:
            return None
        try:
            return made_path(self._made, wanted).read_bytes()
        except OSError:  # not made ahead, or not for our eyes: made now
            return None

    async def _printed(self, wanted: Wanted, document: Callable[[], str]) -> bytes:
        """Readers of one file wait for one piece of work, which goes on when they leave."""
        if wanted in self._kept:  # made while this reader was looking for a file made ahead
            return self._kept[wanted]
        work = self._working.get(wanted)
        if work is None:
            if len(self._working) >= self._waiting:
                raise Busy(_("Too many reports are being made at this moment. Please try again in a minute."))
            work = self._working[wanted] = asyncio.create_task(self._set(wanted, document))
            work.add_done_callback(lambda done: self._finished(wanted, done))
        try:
            return await asyncio.wait_for(asyncio.shield(work), self._seconds)
        except TimeoutError:
            raise Busy(
                _("This is still being made. Please ask again in a minute: what was begun goes on meanwhile.")
            ) from None
        except BrokenProcessPool:
            raise Busy(_("This report could not be made just now. Please try again in a minute.")) from None

    async def _set(self, wanted: Wanted, document: Callable[[], str]) -> bytes:
        written = await run_in_threadpool(document)
        try:
            made = await asyncio.wrap_future(self._begin(written))
        except BrokenProcessPool:
            self._running = None  # the next reader begins another
            raise
        self._keep(wanted, made)
        return made

    def _finished(self, wanted: Wanted, work: asyncio.Task[bytes]) -> None:
        self._working.pop(wanted, None)
        if not work.cancelled():
            work.exception()  # whoever waited has it; where nobody does, it is no news

    def _begin(self, document: str) -> Future[bytes]:
        if self._running is None:
            self._running = self._executor()
        return self._running.submit(self._setting, document)

    def _keep(self, wanted: Wanted, found: bytes) -> None:
        self._kept[wanted] = found
        while sum(map(len, self._kept.values())) > MOST_BYTES and len(self._kept) > 1:
            self._kept.popitem(last=False)


def tag_of(content: bytes) -> str:
    """The entity tag of a file: its content, named."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'
