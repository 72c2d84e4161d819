"""Write a file of the operator's as a whole: a reader sees the old text or the new one, never a part.

Whoever else may write in its folder can put links there, and root may be the one who writes: nothing is read or
written through a link, and what is written has a random name until it is whole.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from agent.language import _
from agent.store.owner import give_to_owner

_FOR_OTHERS = 0o007


def read_bytes(path: Path) -> bytes:
    """Return what a file holds. Raises OSError that names it, also for a link, a device, a pipe or a folder."""
    descriptor = _opened(path, os.O_RDONLY | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, _("it is a folder, a device, a pipe or a socket"), str(path))
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def replace_bytes(path: Path, content: bytes, *, like: Path | None = None) -> None:
    """Replace what a file holds; it keeps owner, group and mode. Raises OSError that names it.

    With `like` it is closed to others where that file is, and has its group. Raises OSError for a link.
    """
    before = path.lstat()
    if stat.S_ISLNK(before.st_mode):
        raise _is_a_link(path)
    mode, group = before.st_mode & 0o777, before.st_gid
    other = None if like is None else like.stat()
    if other is not None and mode & _FOR_OTHERS & ~other.st_mode:
        mode, group = mode & (~_FOR_OTHERS | other.st_mode), other.st_gid
    with _written_beside(path, content) as (folder, name, descriptor):
        _give(descriptor, before.st_uid, group, mode)
        os.rename(name, path.name, src_dir_fd=folder, dst_dir_fd=folder)


def write_new(path: Path, content: bytes, *, like: Path) -> None:
    """Create a file, readable by the group of the file `like` and, beside its owner, by nobody else.

    Where the group cannot be given, by its owner alone. Raises OSError that names it, FileExistsError if it exists.
    """
    other = like.stat()
    with _written_beside(path, content) as (folder, name, descriptor):
        owner = other.st_uid if os.geteuid() == 0 else os.geteuid()
        _give(descriptor, owner, other.st_gid, 0o640)
        _link(path, folder, name)


def create(path: Path, content: bytes, *, mode: int, group: str = "") -> None:
    """Create a file with this mode, for this group where it exists; root gives it to who has the folder.

    Raises OSError, FileExistsError if it exists.
    """
    with _written_beside(path, content) as (folder, name, descriptor):
        give_to_owner(descriptor, path.parent)
        if group:
            with contextlib.suppress(LookupError, PermissionError):
                shutil.chown(descriptor, group=group)
        os.fchmod(descriptor, mode)
        _link(path, folder, name)


def _give(descriptor: int, owner: int, group: int, mode: int) -> None:
    """Set owner, group and mode; a group that may not be given gets no rights."""
    with contextlib.suppress(PermissionError):
        os.fchown(descriptor, owner, -1)
    try:
        os.fchown(descriptor, -1, group)
    except PermissionError:
        if os.fstat(descriptor).st_gid != group:
            mode &= ~0o070
    os.fchmod(descriptor, mode)


@contextlib.contextmanager
def _written_beside(path: Path, content: bytes) -> Iterator[tuple[int, str, int]]:
    """Write a file of a random name into the folder of `path`; yields folder, name and descriptor.

    The block gives it its name; whatever happens there, the random one is gone behind it.
    """
    name = f".{path.name}.{secrets.token_hex(8)}"
    with _about(path), _folder(path.parent) as folder:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(name, flags, 0o600, dir_fd=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
                yield folder, name, descriptor
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)


def _link(path: Path, folder: int, name: str) -> None:
    """Give the file its name, never that of another one."""
    try:
        os.link(name, path.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        if path.is_symlink():
            raise _is_a_link(path) from None
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
    except OSError as why:
        if why.errno not in {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS}:
            raise
        # A file system without hard links, such as FAT: it has no symbolic ones either.
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        os.rename(name, path.name, src_dir_fd=folder, dst_dir_fd=folder)


@contextlib.contextmanager
def _folder(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _opened(path: Path, flags: int) -> int:
    try:
        return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as why:
        if why.errno == errno.ELOOP:
            raise _is_a_link(path) from None
        raise


def _is_a_link(path: Path) -> OSError:
    words = _("it is a link to {file}, and nothing is written through one: name that file itself")
    return OSError(errno.ELOOP, words.format(file=os.path.realpath(path)), str(path))


@contextlib.contextmanager
def _about(path: Path) -> Iterator[None]:
    """Let an error name the file, and not the random name beside it; a full disk names none."""
    try:
        yield
    except OSError as why:
        if why.filename == str(path):
            raise
        raise type(why)(why.errno, why.strerror, str(path)) from why
