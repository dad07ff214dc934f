"""What an audit found, for the steward alone: a private file per topic and tier, replaced by each audit."""

import json
import os
from dataclasses import asdict
from pathlib import Path

from etl.steps.audit import Audit

FOLDER = "audit"


def keep_findings(private: Path, topic: str, tier: str, done: Audit) -> Path:
    """Write what the newest audit of a topic found, or that it found nothing. Mode 0600."""
    path = findings_path(private, topic, tier)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump([asdict(attempt) for attempt in done.attempts], file, indent=1)
    part.replace(path)
    return path


def findings_path(private: Path, topic: str, tier: str) -> Path:
    """Where they are kept."""
    return private / FOLDER / f"{topic}-{tier}.json"
