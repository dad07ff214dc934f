"""Secrets come from the environment, or from a file that it names; a declaration holds only a variable's name."""

from collections.abc import Mapping
from pathlib import Path

from etl.errors import DeclarationError


def secret(environ: Mapping[str, str], name: str) -> str:
    """The secret of that name: from the environment, or from the file that `<name>_FILE` names.

    Raises DeclarationError that names the variable and never its value.
    """
    if value := environ.get(name):
        return value
    if path := environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise _no_secret(name, f"the file that {name}_FILE names cannot be read.") from None
    raise _no_secret(name, "the secret is not set.")


def _no_secret(name: str, what: str) -> DeclarationError:
    return DeclarationError.of("environment", name, what, f"Set {name}, or {name}_FILE to a file that holds it.")
