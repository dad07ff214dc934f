"""Sources that somebody is adding: what the form said and the private preview, in memory alone and not for long."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_urlsafe

from etl.console.preview import Preview

FORGOTTEN = timedelta(minutes=20)
MOST = 20


@dataclass(slots=True)
class Draft:
    """A source that is not written yet. `problems` say what is wrong with it, `toml` is what would be written."""

    id: str
    who: str
    kind: str
    said: dict[str, str]
    made: datetime
    preview: Preview | None = field(default=None, repr=False)
    job: int | None = None
    problems: tuple[str, ...] = ()
    toml: str = ""


class Drafts:
    """The drafts of this program; what is older than FORGOTTEN is gone."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._drafts: OrderedDict[str, Draft] = OrderedDict()

    def new(self, who: str, kind: str, said: Mapping[str, str]) -> Draft:
        """Begin one."""
        draft = Draft(token_urlsafe(12), who, kind, dict(said), self._clock())
        self._drafts[draft.id] = draft
        while len(self._drafts) > MOST:
            self._drafts.popitem(last=False)
        return draft

    def of(self, who: str, name: str) -> Draft | None:
        """A person's own draft."""
        for each in [d.id for d in self._drafts.values() if self._clock() - d.made > FORGOTTEN]:
            del self._drafts[each]
        draft = self._drafts.get(name)
        return draft if draft is not None and draft.who == who else None

    def drop(self, draft: Draft) -> None:
        """It is written, or given up."""
        self._drafts.pop(draft.id, None)
