"""Taking a published release back, for the steward."""

import json

from etl.commands.given import said
from etl.commands.report import rewrite_status
from etl.context import Context
from etl.errors import DeclarationError, StorageFailed
from etl.release.withdrawnreleases import remember
from layers.store.reader import UnknownRelease
from layers.store.withdrawal import withdraw_release


def take_back_release(context: Context, topic: str, release: str, *, reason: str | None, as_json: bool) -> list[str]:
    """Take the release back; the lines to print. The caller holds the run's lock.

    Raises DeclarationError where there is no such release, StorageFailed where the disk refuses.
    """
    why = said("--reason", reason)
    try:
        remember(context.folders, context.tier, topic, release)
        up = withdraw_release(context.store, topic, release, on=context.as_of, reason=why)
    except UnknownRelease:
        raise DeclarationError.of(
            "command line", "--release", "names no release of that topic.", "List them with `releases CITY`."
        ) from None
    except OSError as error:
        raise StorageFailed(f"The store could not be written ({error.strerror}).") from error
    rewrite_status(context)
    if as_json:
        return [json.dumps({"topic": topic, "release": release, "withdrawn": context.as_of.isoformat(), "up": up})]
    return [
        f"{topic} {release} is withdrawn; its address says so, with the reason that you gave.",
        f"{topic} shows {up} now." if up else f"{topic} shows nothing now.",
        "A run that comes to the same content again is refused (exit 14): correct what was wrong first.",
        "Copies that people have taken cannot be called back: every later audit attacks it together with the rest.",
    ]
