"""Who waits for a report, and for how long. No process is started here: an executor that the test holds the key to."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from portal.errors import Busy
from portal.report.model import Report
from portal.report.press import Press, Wanted, made_path, tag_of

PDF = Wanted("2026-11-15-0000000000", "council-report-city-2026-09", "pdf")


class Held(Executor):
    """Begins nothing before it is told."""

    def __init__(self) -> None:
        self.waiting: list[Future[bytes]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.waiting.append(Future())
        return self.waiting[-1]


def held_press(made: Path | None = None, **options: Any) -> tuple[Press, Held]:
    held = Held()
    return Press(made, executor=lambda: held, **options), held


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


def test_a_file_made_ahead_is_handed_out(tmp_path: Path) -> None:
    path = made_path(tmp_path, PDF)
    path.parent.mkdir()
    path.write_bytes(b"ahead")

    async def asked() -> bytes:
        press, _held = held_press(tmp_path)
        return await press.file(PDF, _never)

    assert asyncio.run(asked()) == b"ahead"


def _never() -> Report:
    raise AssertionError("nobody needed the report")


def test_two_readers_of_one_report_wait_for_one_piece_of_work(report: Report) -> None:
    async def asked() -> tuple[bytes, bytes, bytes, int]:
        press, held = held_press()
        first = asyncio.create_task(press.file(PDF, lambda: report))
        second = asyncio.create_task(press.file(PDF, lambda: report))
        await until(lambda: bool(held.waiting))
        held.waiting[0].set_result(b"set")
        both = await first, await second
        third = await press.file(PDF, _never)  # kept
        return *both, third, len(held.waiting)

    assert asyncio.run(asked()) == (b"set", b"set", b"set", 1)


def test_one_reader_too_many_is_asked_to_come_back(report: Report) -> None:
    async def asked() -> None:
        press, held = held_press(waiting=1)
        first = asyncio.create_task(press.file(PDF, lambda: report))
        await until(lambda: bool(held.waiting))
        with pytest.raises(Busy):
            await press.file(PDF._replace(name="council-report-district-1-2026-09"), lambda: report)
        held.waiting[0].set_result(b"set")
        assert await first == b"set"

    asyncio.run(asked())


def test_a_reader_waits_for_so_long_and_the_work_goes_on(report: Report) -> None:
    async def asked() -> bytes:
        press, held = held_press(seconds=0.0)
        with pytest.raises(Busy):
            await press.file(PDF, lambda: report)
        await until(lambda: bool(held.waiting))
        held.waiting[0].set_result(b"set")
        await until(lambda: PDF not in press._working)
        return await press.file(PDF, _never)

    assert asyncio.run(asked()) == b"set"


def test_a_broken_process_is_replaced_for_the_next_reader(report: Report) -> None:
    async def asked() -> bytes:
        press, held = held_press()
        first = asyncio.create_task(press.file(PDF, lambda: report))
        await until(lambda: bool(held.waiting))
        held.waiting[0].set_exception(BrokenProcessPool())
        with pytest.raises(Busy):
            await first
        second = asyncio.create_task(press.file(PDF, lambda: report))
        await until(lambda: len(held.waiting) == 2)
        held.waiting[1].set_result(b"set")
        return await second

    assert asyncio.run(asked()) == b"set"


def test_a_tag_names_the_content() -> None:
    assert tag_of(b"a") != tag_of(b"b")
    assert tag_of(b"a") == tag_of(b"a")
