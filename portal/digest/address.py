"""E-mail addresses as people type them. Strict: what is not plainly an address never reaches a mail's head."""

import re

MOST_CHARACTERS = 254
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?P<local>{_LOCAL})@(?P<domain>(?:{_LABEL}\.)+{_LABEL})")


def address_of(typed: str) -> str | None:
    """The address in lower case, one form for each mailbox; None for what is none.

    Plain ASCII and a domain with a dot: no quoting, no comments, no line break, no display name.
    """
    found = _ADDRESS.fullmatch(typed.strip(" \t"))
    if found is None or len(found[0]) > MOST_CHARACTERS or len(found["local"]) > 64:
        return None
    return found[0].lower()
