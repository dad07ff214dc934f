"""Who may sign in to the console. Passwords are kept as Argon2id hashes; there is no account to begin with."""

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from etl.errors import DeclarationError
from etl.state.consoletables import console_sessions, console_users
from etl.state.database import READS

SHORTEST = 12
"""Fewest characters of a password."""
LONGEST = 1000
"""Most characters: what is longer only costs time to hash."""
MOST_NAME = 60


class Users:
    """The people who may sign in, in the private database that `engine` opens."""

    def __init__(self, engine: sa.Engine, hasher: PasswordHasher | None = None) -> None:
        self._engine = engine
        self._hasher = hasher or PasswordHasher()
        self._nobody: str | None = None

    def add(self, name: str, password: str, at: datetime) -> None:
        """Let a person sign in; one who could already gets the new password and is signed out. DeclarationError."""
        who = checked_name(name)
        if not SHORTEST <= len(password) <= LONGEST:
            raise _wrong("the password", f"must have {SHORTEST} characters at least.", "A few words make a good one.")
        told = {"password": self._hasher.hash(password), "added": at}
        with self._engine.begin() as connection:
            connection.execute(console_sessions.delete().where(console_sessions.c.user == who))
            if not connection.execute(
                console_users.update().where(console_users.c.name == who).values(**told)
            ).rowcount:
                connection.execute(console_users.insert().values(name=who, **told))

    def remove(self, name: str) -> bool:
        """Take a person's access and end what is open; whether there was any. What they did stays on record."""
        with self._engine.begin() as connection:
            connection.execute(console_sessions.delete().where(console_sessions.c.user == name))
            return connection.execute(console_users.delete().where(console_users.c.name == name)).rowcount > 0

    def names(self) -> list[str]:
        """All who may sign in."""
        query = sa.select(console_users.c.name).order_by(console_users.c.name)
        with self._engine.connect().execution_options(**READS) as connection:
            return list(connection.scalars(query))

    def knows(self, name: str, password: str) -> bool:
        """Whether this is the person's password. Takes as long for a name that nobody has."""
        query = sa.select(console_users.c.password).where(console_users.c.name == name)
        with self._engine.connect().execution_options(**READS) as connection:
            kept = connection.execute(query).scalar()
        if self._nobody is None:
            self._nobody = self._hasher.hash("a password that nobody has")
        try:
            right = self._hasher.verify(kept or self._nobody, password[:LONGEST])
        except (VerificationError, InvalidHashError):
            return False
        return right and kept is not None


def checked_name(name: str) -> str:
    """A name as it is kept. Raises DeclarationError."""
    words = " ".join(name.split())
    if not words or len(words) > MOST_NAME or not words.isprintable():
        raise _wrong("NAME", "is no name.", f"Give 1 to {MOST_NAME} characters of plain text.")
    return words


def password_from(environ_secret: Callable[[str], str | None], ask: Callable[[str], str]) -> str:
    """A new password: from HEARTHMAP_CONSOLE_PASSWORD (or the file it names), else asked for twice."""
    given = environ_secret("HEARTHMAP_CONSOLE_PASSWORD")
    if given is not None:
        return given
    try:
        first, again = ask("Password: "), ask("Again: ")
    except EOFError:
        raise _wrong("the password", "was not given.", "Type it, or set HEARTHMAP_CONSOLE_PASSWORD.") from None
    if again != first:
        raise _wrong("the password", "was not the same both times.", "Try again.")
    return first


def _wrong(key: str, what: str, remedy: str) -> DeclarationError:
    return DeclarationError.of("command line", key, what, remedy)
