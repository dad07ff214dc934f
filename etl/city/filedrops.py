"""What `[connector]` may say of folders into which an agency puts file after file, here or on a server."""

from pathlib import PurePath
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from etl.city.fileformats import CsvFormat, FileFormat
from etl.city.models import Declaration, Text
from etl.city.webconnectors import SecretName
from etl.values.nametimes import time_pattern


def _time_form(text: str) -> str:
    time_pattern(text)
    return text


TimeForm = Annotated[str, AfterValidator(_time_form)]


HOST_KEY = r"^((ssh|ecdsa|sk)-\S+ [A-Za-z0-9+/=]{40,}|SHA256:[A-Za-z0-9+/]{43}=?)( .*)?$"


class FileDrops(Declaration):
    """What a drop folder and an SFTP server have in common."""

    file: FileFormat = Field(
        default=CsvFormat(kind="csv"),
        description="How the files are read: `kind` and the options of that kind without `path`. CSV if left out.",
    )
    keep: Literal["newest", "all"] = Field(
        default="newest", description="`newest`: the newest file is the whole feed. `all`: each file adds to it."
    )
    time_in_name: TimeForm | None = Field(
        default=None,
        description="The time in the files' names (strftime, such as `%Y-%m-%d`), by which they are put in order; "
        "without it, the time at which they were written.",
    )
    settle_seconds: float = Field(
        default=60, ge=0, description="A file that was written less than so many seconds ago is left for the next run."
    )


class DropFolderConnector(FileDrops):
    """A folder into which an agency or a mail rule drops files. Of e-mails (`.eml`) the attachments are taken."""

    kind: Literal["dropfolder"] = Field(description="Kind of feed.")
    folder: Text = Field(description="Folder, relative to the city folder.")
    files: Text = Field(default="*", description="Glob of the names that count; hidden and temporary files never do.")
    attachments: str | None = Field(
        default=None, description="Glob of the attachments' names; without it, the usual endings of the kind of file."
    )
    after: Literal["left", "archive"] = Field(
        default="left", description="A file that was taken is `left` where it is, or moved to the archive."
    )
    archive: Text = Field(default="taken", description='With `after = "archive"`: its folder, inside `folder`.')

    @model_validator(mode="after")
    def _inside(self) -> Self:
        parts = PurePath(self.archive).parts
        if PurePath(self.archive).is_absolute() or ".." in parts:
            raise ValueError("`archive` must lie inside `folder`")
        if "/" in self.files:
            raise ValueError("`files` is a glob of names: put the folder into `folder`")
        return self


class SftpConnector(FileDrops):
    """Files on an SFTP server, which must prove the declared key. A transfer that was cut goes on where it ended."""

    kind: Literal["sftp"] = Field(description="Kind of feed.")
    host: Text = Field(description="Name or address of the server.")
    port: int = Field(default=22, ge=1, le=65535, description="Port.")
    user: Text = Field(description="Name to sign in with.")
    path: Text = Field(description="File or glob on the server.")
    host_key: Annotated[str, Field(pattern=HOST_KEY)] = Field(
        description="The server's key: its line of known_hosts without the host, or its fingerprint (`SHA256:…`). "
        "Get it from the agency, not from the connection."
    )
    password: SecretName | None = Field(default=None, description="Secret: the password.")
    private_key: SecretName | None = Field(default=None, description="Secret: the private key as in its file.")
    passphrase: SecretName | None = Field(
        default=None, description="Secret: the passphrase of a private key that is locked with one."
    )
    timeout_seconds: float = Field(default=60, gt=0, le=3600, description="Longest silence of the server.")
    tries: int = Field(default=5, ge=1, le=20, description="How often a connection that was cut is made in all.")

    @model_validator(mode="after")
    def _signed_in(self) -> Self:
        if (self.password is None) == (self.private_key is None):
            raise ValueError("give either `password` or `private_key`")
        if self.passphrase is not None and self.private_key is None:
            raise ValueError("`passphrase` unlocks a `private_key`, and there is none")
        return self
