"""Simulated readers: what they look at, and how a portal is asked for it over one connection each."""

import asyncio
import json
import random
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from layers.store.reader import Store
from portal.view import View

UPDATE = "/_dash-update-component"
TOPICS = {"service_requests": "requests", "evictions": "homes_filed", "shutoffs": "homes_scheduled"}
"""Topic → the measure its readers look at. Half of the looks are at requests."""
PERIODS = 24


@dataclass(frozen=True, slots=True)
class Offered:
    """What the map can be asked: topic → (measure, category, geography, grain) → periods, oldest first."""

    topics: dict[str, dict[tuple[str, str, str, str], list[Any]]]
    districts: Sequence[str]


def offered(store: Path) -> Offered:
    """Everything a map of the store's topics can show, of the last two years."""
    found, districts = {}, set()
    for topic, measure in TOPICS.items():
        release = Store(store).release(topic)
        drawn = release.distinct(
            "measure", "category", "geography", "grain", "period",
            measure=measure, geography=["h3_8", "zone2", "neighborhood", "district"], grain=["month", "quarter"],
        )  # fmt: skip
        found[topic] = {
            tuple(key): sorted(group["period"].to_list())[-PERIODS:]
            for key, group in drawn.group_by("measure", "category", "geography", "grain")
        }
        districts |= set(release.distinct("unit", geography="district")["unit"])
    return Offered(found, sorted(districts))


class Walker:
    """A reader who goes from one view of the map to a neighboring one. Deterministic for a seed."""

    def __init__(self, known: Offered, seed: int) -> None:
        self._random = random.Random(seed)
        self._known = known
        self._topic, self._key, self._at = "", ("", "", "", ""), 0
        self._jump()

    def _jump(self) -> None:
        self._topic = self._random.choice(["service_requests", *TOPICS])
        self._key = self._random.choice(sorted(self._known.topics[self._topic]))
        self._at = len(self._known.topics[self._topic][self._key]) - 1

    def step(self) -> str:
        """The query of the next view: mostly another month, sometimes another category or places, rarely a topic."""
        chance = self._random.random()
        keys = self._known.topics[self._topic]
        if chance < 0.5:
            self._at = max(0, min(len(keys[self._key]) - 1, self._at + self._random.choice((-1, 1))))
        elif chance < 0.9:
            self._change(1 if chance < 0.75 else 2)
        else:
            self._jump()
        measure, category, geography, grain = self._key
        period = self._known.topics[self._topic][self._key][self._at]
        view = View(topic=self._topic, measure=measure, category=category, geography=geography, grain=grain)
        return replace(view, to=period).query()

    def _change(self, which: int) -> None:
        """Another category (1) or other places (2), all else alike."""
        keys = self._known.topics[self._topic]

        def rest(key: tuple[str, ...]) -> tuple[str, ...]:
            return (*key[:which], *key[which + 1 :])

        near = [key for key in sorted(keys) if rest(key) == rest(self._key) and key != self._key]
        self._key = self._random.choice(near or sorted(keys))
        self._at = min(self._at, len(keys[self._key]) - 1)

    def district(self) -> str:
        return f"/district/{self._random.choice(list(self._known.districts))}"

    def pause(self, seconds: float) -> float:
        return self._random.expovariate(1 / seconds)


@dataclass
class Heard:
    """Seconds of each answer by kind, and how many were wrong."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    size: dict[str, int] = field(default_factory=dict)
    errors: int = 0

    def add(self, kind: str, spent: float, size: int, status: int) -> None:
        self.seconds.setdefault(kind, []).append(spent)
        self.size[kind] = self.size.get(kind, 0) + size
        self.errors += status not in (200, 204)


class Line:
    """One kept connection that speaks just enough HTTP/1.1: a full client would cost more than what it measures."""

    def __init__(self, origin: str, heard: Heard) -> None:
        self._host = urlsplit(origin).netloc
        self.heard = heard
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, kind: str, path: str, body: bytes = b"") -> None:
        head = f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nhost: {self._host}\r\naccept-encoding: gzip\r\n"
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        start = time.perf_counter()
        try:
            status, size = await self._exchange(head.encode() + body)
        except (asyncio.IncompleteReadError, ConnectionError):  # a server ends lines that were silent for long
            self._streams = None
            status, size = await self._exchange(head.encode() + body)
        self.heard.add(kind, time.perf_counter() - start, size, status)

    async def _exchange(self, request: bytes) -> tuple[int, int]:
        if self._streams is None:
            host, port = self._host.split(":")
            self._streams = await asyncio.open_connection(host, int(port), limit=1 << 20)
        reader, writer = self._streams
        writer.write(request)
        return await _answer(reader)

    def close(self) -> None:
        """Ends the connection; the next question opens another."""
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


async def _answer(reader: asyncio.StreamReader) -> tuple[int, int]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head[9:12])
    if "transfer-encoding: chunked" in head:
        size = 0
        while part := int(await reader.readline(), 16):
            size += len(await reader.readexactly(part + 2)) - 2
        await reader.readexactly(2)
        return status, size
    length = next((int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length:")), 0)
    return status, len(await reader.readexactly(length))


def map_question(origin: str) -> Callable[[str], tuple[str, bytes]]:
    """How the portal's map is asked for a query: where to, and with what body."""
    ask = next(callback(dependencies_of(origin), "map-figure", "/map", {"map-drawn.data": ["", ""]}))
    return lambda query: (UPDATE, ask(query))


def dependencies_of(origin: str) -> list[dict[str, Any]]:
    """The callbacks that a Dash app names to browsers."""
    urllib.request.urlopen(f"{origin}/", timeout=60).read()
    with urllib.request.urlopen(f"{origin}/_dash-dependencies", timeout=60) as answer:
        return list(json.load(answer))


def callback(dependencies: Sequence[dict[str, Any]], owner: str, path: str, values: dict[str, Any]) -> Iterator[Any]:
    """Yields functions of a query: the body that a browser posts when the address of a page changes."""
    for each in dependencies:
        if owner in each["output"] and not each["clientside_function"]:
            yield lambda query, each=each: _body(each, {"location.search": query, "location.pathname": path, **values})


def _body(each: dict[str, Any], values: dict[str, Any]) -> bytes:
    def filled(asked: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
        return [{**one, "value": values.get(f"{one['id']}.{one['property']}")} for one in asked]

    names = each["output"].strip(".").split("...") if each["output"].startswith("..") else [each["output"]]
    outputs: Any = [{"id": n.rsplit(".", 1)[0], "property": n.rsplit(".", 1)[1]} for n in names]
    return json.dumps(
        {
            "output": each["output"],
            "outputs": outputs if each["output"].startswith("..") else outputs[0],
            "inputs": filled(each["inputs"]),
            "changedPropIds": ["location.search"],
            "state": filled(each["state"]),
        }
    ).encode()
