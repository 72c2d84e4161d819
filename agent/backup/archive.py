"""The file of a backup: a tar.gz with a manifest first. Whoever hands one in may have made it up.

Only members of known names are read, each up to its bound, and nothing is ever unpacked by the name that it has.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError

from agent.config.named_file import open_file
from agent.language import _

STORE: Final = "simbank.db"
CONFIG: Final = "config.yaml"
SIMS: Final = "sims_file"
KEY: Final = "api_key"
MOST: Final[Mapping[str, int]] = {STORE: 512 * 2**20, CONFIG: 4 * 2**20, SIMS: 64 * 2**20, KEY: 4096}
"""Bytes of each member."""
_MANIFEST: Final = "manifest.json"
_MOST_MANIFEST: Final = 65_536
_LONGEST_READ: Final = 2**20
"""Bytes that tarfile may ask for at once: a header of its own could claim any length, and would be read whole."""
FORMAT: Final = 1


class BadBackup(Exception):
    """The file is no backup, or a damaged one; the text says what is wrong."""


class Member(BaseModel):
    """What the manifest says of one file."""

    sha256: str
    size: int


class Manifest(BaseModel):
    """What a backup says of itself, for people and against damage."""

    format: int
    version: str
    """Of the program that made it."""
    made_at: str
    host: str
    config: str
    """Where config.yaml was."""
    members: dict[str, Member]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """The content of a backup, by the names of its members."""

    files: Mapping[str, bytes]
    version: str = ""
    made_at: str = ""
    host: str = ""
    config: str = ""


def write(path: Path, backup: Backup) -> None:
    """Make the file, for its owner alone; one that is there stays. Raises OSError, and leaves nothing then."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o600)
            with (
                gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=6) as packed,
                tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar,
            ):
                for name, content in {_MANIFEST: _manifest(backup), **backup.files}.items():
                    _add(tar, name, content)
            file.flush()
            os.fsync(descriptor)
    except BaseException as why:
        path.unlink(missing_ok=True)
        if isinstance(why, OSError) and why.filename is None:
            raise type(why)(why.errno, why.strerror, str(path)) from why
        raise


def read(path: Path) -> Backup:
    """Return what a backup holds. Raises BadBackup, OSError."""
    with _opened(path) as file:
        try:
            with tarfile.open(fileobj=_Bounded(file), mode="r:") as tar:
                return _read(tar)
        except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error, ValueError, OverflowError) as why:
            text = _("{file} is not a backup of simbank-agent, or it is damaged ({why})")
            raise BadBackup(text.format(file=path, why=_trouble(why))) from why
        except BadBackup as why:
            raise BadBackup(f"{path}: {why}") from why


def _trouble(why: Exception) -> str:
    """Return what is wrong with a file, in the words of its kind of error: libraries know English alone."""
    match why:
        case gzip.BadGzipFile():
            return _("it is not a gzip file, or its checksum is wrong")
        case EOFError():
            return _("it ends too early")
        case zlib.error() | tarfile.TarError():
            return _("its data cannot be unpacked")
    return str(why)


def _manifest(backup: Backup) -> bytes:
    manifest = Manifest(
        format=FORMAT,
        version=backup.version,
        made_at=backup.made_at,
        host=backup.host,
        config=backup.config,
        members={
            name: Member(sha256=hashlib.sha256(content).hexdigest(), size=len(content))
            for name, content in backup.files.items()
        },
    )
    return manifest.model_dump_json(indent=1).encode()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    tar.addfile(info, io.BytesIO(content))


def _read(tar: tarfile.TarFile) -> Backup:
    manifest = _read_manifest(tar)
    files: dict[str, bytes] = {}
    while (member := tar.next()) is not None:
        expected = manifest.members.get(member.name)
        if member.name not in MOST or expected is None or member.name in files or not member.isreg():
            raise BadBackup(_("it holds {name}, which no backup does").format(name=repr(member.name)))
        files[member.name] = content = _content(tar, member, MOST[member.name])
        if len(content) != expected.size or hashlib.sha256(content).hexdigest() != expected.sha256:
            raise BadBackup(_("{name} in it is damaged").format(name=member.name))
    if missing := manifest.members.keys() - files.keys():
        raise BadBackup(
            _("{names} is missing in it: it was cut off").format(names=", ".join(sorted(missing)))
        )
    return Backup(
        files=files,
        version=manifest.version,
        made_at=manifest.made_at,
        host=manifest.host,
        config=manifest.config,
    )


def _read_manifest(tar: tarfile.TarFile) -> Manifest:
    first = tar.next()
    if first is None or first.name != _MANIFEST or not first.isreg():
        raise BadBackup(_("it is not a backup of simbank-agent: it does not begin with a manifest"))
    try:
        found = json.loads(_content(tar, first, _MOST_MANIFEST))
        if isinstance(found, dict) and isinstance(found.get("format"), int) and found["format"] > FORMAT:
            text = _("it was made by a newer version, {version}: install that one first")
            raise BadBackup(text.format(version=repr(found.get("version"))))
        return Manifest.model_validate(found)
    except (ValueError, RecursionError, ValidationError) as why:
        raise BadBackup(_("its manifest cannot be read")) from why


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo, most: int) -> bytes:
    if member.size > most:
        text = _("{name} in it has {size} bytes, and may have {most} at most")
        raise BadBackup(text.format(name=member.name, size=member.size, most=most))
    file = tar.extractfile(member)
    content = bytearray()
    while file is not None and (part := file.read(_LONGEST_READ // 2)):
        content += part
    return bytes(content)


@contextmanager
def _opened(path: Path) -> Iterator[gzip.GzipFile]:
    """Yield the file unpacked. Raises OSError for what is no file."""
    with os.fdopen(open_file(path), "rb") as file, gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
        yield unpacked


class _Bounded(io.RawIOBase):
    """A stream of which no more is taken at once, and in all, than a backup can have."""

    def __init__(self, file: gzip.GzipFile) -> None:
        self._file = file
        self._left = sum(MOST.values()) + 16 * 2**20

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes. Raises BadBackup where more is asked for than there can be."""
        if not 0 <= size <= _LONGEST_READ:
            raise BadBackup(_("it is not a backup of simbank-agent: one of its headers is too large"))
        part = self._file.read(size)
        self._left -= len(part)
        if self._left < 0:
            raise BadBackup(_("it holds more than a backup can"))
        return part

    def seekable(self) -> bool:
        """Return True: tarfile goes on to the next header by this."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._file.tell()

    def seek(self, position: int, whence: int = 0, /) -> int:
        """Go on, never back: what is skipped is unpacked too, and counts."""
        if whence != 0 or position < self._file.tell():
            raise BadBackup(_("it is not a backup of simbank-agent: its members are out of order"))
        while (left := position - self._file.tell()) > 0 and self.read(min(left, _LONGEST_READ)):
            pass
        return self._file.tell()
