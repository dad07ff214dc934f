"""A certificate to sign in tests."""

from datetime import UTC, datetime
from typing import Any

from layers.certificate import Audited, Certificate

NOW = datetime(2026, 10, 1, 6, 10, tzinfo=UTC)


def certificate(**changes: Any) -> Certificate:
    """Of a release without figures about homes."""
    said: dict[str, Any] = {
        "topic": "service_requests",
        "tier": "public",
        "release": "2026-10-01-0123456789ab",
        "made_at": NOW,
        "key": "0" * 16,
        "code_version": "0",
        "protected": False,
        "rows": 9,
        "files": {},
        "manifest_sha256": "",
        "audit": Audited(attacks=(), together_with=(), figures=0, findings=0, seconds=0.5),
        **changes,
    }
    return Certificate(**said)
