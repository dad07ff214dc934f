"""How a run tells what it is doing: a live display on a terminal, plain lines elsewhere, JSON lines for machines."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TextIO

Scalar = str | int | float | bool | None


class Progress(Protocol):
    """Told of every step. Figures are numbers of rows and files, never values of a row."""

    def step(self, topic: str, step: str, **figures: Scalar) -> None:
        """A step of a topic has been done."""

    def done(self, topic: str, outcome: str, **figures: Scalar) -> None:
        """A topic has ended."""


class Silent:
    """Says nothing: for callers that only want the result."""

    def step(self, topic: str, step: str, **figures: Scalar) -> None:
        """Nothing."""

    def done(self, topic: str, outcome: str, **figures: Scalar) -> None:
        """Nothing."""


class Lines:
    """One plain line per step, for logs."""

    def __init__(self, out: TextIO, clock: Callable[[], datetime]) -> None:
        self._out = out
        self._clock = clock

    def step(self, topic: str, step: str, **figures: Scalar) -> None:
        """`12:00:01 evictions · validate: rows 18,000`."""
        self._write(f"{topic} · {step}", figures)

    def done(self, topic: str, outcome: str, **figures: Scalar) -> None:
        """`12:00:09 evictions: published …`."""
        self._write(f"{topic}: {outcome}", figures)

    def _write(self, head: str, figures: Mapping[str, Scalar]) -> None:
        told = ", ".join(f"{_words(name)} {_number(value)}" for name, value in figures.items() if value is not None)
        self._out.write(f"{self._clock():%H:%M:%S} {head}{': ' + told if told else ''}\n")
        self._out.flush()


class JsonLines:
    """One JSON object per line."""

    def __init__(self, out: TextIO, clock: Callable[[], datetime]) -> None:
        self._out = out
        self._clock = clock

    def step(self, topic: str, step: str, **figures: Scalar) -> None:
        """{"at": …, "topic": …, "step": …, figures}."""
        self._write({"topic": topic, "step": step, **figures})

    def done(self, topic: str, outcome: str, **figures: Scalar) -> None:
        """{"at": …, "topic": …, "outcome": …, figures}."""
        self._write({"topic": topic, "outcome": outcome, **figures})

    def _write(self, told: Mapping[str, Any]) -> None:
        self._out.write(json.dumps({"at": self._clock().isoformat(), **told}) + "\n")
        self._out.flush()


class Live:
    """A terminal display: one line per topic that is finished, and one that shows the step under way."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True)
        self._status = self._console.status("starting")
        self._status.start()

    def step(self, topic: str, step: str, **figures: Scalar) -> None:
        """Replace the line of the step under way."""
        told = ", ".join(f"{_words(name)} {_number(value)}" for name, value in figures.items() if value is not None)
        self._status.update(f"[bold]{topic}[/bold] · {step}{' · ' + told if told else ''}")

    def done(self, topic: str, outcome: str, **figures: Scalar) -> None:
        """Add a line that stays."""
        told = ", ".join(f"{_words(name)} {_number(value)}" for name, value in figures.items() if value is not None)
        self._console.print(f"[bold]{topic}[/bold]: {outcome}{' (' + told + ')' if told else ''}", highlight=False)

    def close(self) -> None:
        """End the display."""
        self._status.stop()


def progress_for(*, as_json: bool, out: TextIO, clock: Callable[[], datetime]) -> Progress:
    """The display that fits where the output goes."""
    if as_json:
        return JsonLines(out, clock)
    if sys.stderr.isatty() and out.isatty():
        return Live()
    return Lines(out, clock)


def seldom(
    tell: Callable[[int, int], None], *, seconds: float = 5, clock: Callable[[], float] = time.monotonic
) -> Callable[[int, int], None]:
    """The same, but not more often than every so many seconds: a download of a million pages fills no log."""
    last: float | None = None

    def told(rows: int, size: int) -> None:
        nonlocal last
        now = clock()
        if last is None or now - last >= seconds:
            last = now
            tell(rows, size)

    return told


def _words(name: str) -> str:
    return name.replace("_", " ")


def _number(value: Scalar) -> str:
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
