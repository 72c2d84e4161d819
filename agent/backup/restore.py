"""A backup put in place: everything is checked first, and of what is replaced the old file is kept aside."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agent.backup.archive import CONFIG, KEY, MOST, SIMS, STORE, Backup, BadBackup
from agent.config import ConfigError, source
from agent.config.edit import set_value
from agent.config.loading import default_store
from agent.config.locate import SYSTEM, SYSTEM_STATE, SYSTEM_USER, simulated_store
from agent.config.named_file import read_file
from agent.language import _, current_language
from agent.store.copying import NoStore, StoreCopy
from agent.store.lock import StoreLock
from agent.store.owner import give_to_owner
from agent.store.problems import problem_in

_SIMS_NAME: Final = "sims.csv"


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be written, with its mode where none is there yet."""

    path: Path
    content: bytes
    mode: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Where everything goes; nothing is written yet."""

    files: tuple[NewFile, ...]
    store: Path
    sims_file: Path | None
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Text:
    """A config.yaml on its way to its new place."""

    text: str
    folder: Path
    environment: Mapping[str, str]
    notes: list[str]
    trusted: Callable[[Path], bool]
    """Whether a file may be written there: whoever made the backup up must not choose that."""

    def value(self, *key: str) -> Any:
        """Return what the file says under a key, None for nothing. Raises BadBackup for a variable that is not set."""
        try:
            read = source.read(self.text, "config.yaml", self.environment)
        except ConfigError as why:
            raise BadBackup(_("config.yaml in it cannot be read: {why}").format(why=why)) from why
        if key in read.unreadable:
            text = _("its config.yaml takes {key} from the environment: export that variable first")
            raise BadBackup(text.format(key=".".join(key)))
        found = read.data
        for part in key:
            found = found.get(part) if isinstance(found, dict) else None
        return found

    def path(self, *key: str, default: str) -> Path | None:
        """Return the file of this key, None for none; one that may not be written here becomes `default`."""
        written = self.value(*key)
        if not isinstance(written, str) or not written:
            return None
        path = self.folder / written
        if self.trusted(path):
            return path
        self.set(key, default)
        text = _("{key} was {path}, which the agent of this host cannot use: it is {new} now")
        self.notes.append(text.format(key=".".join(key), path=written, new=default))
        return self.folder / default

    def set(self, key: tuple[str, ...], value: str) -> None:
        """Change a value, and nothing else. Raises BadBackup."""
        try:
            self.text = set_value(self.text, key, value)
        except ConfigError as why:
            raise BadBackup(_("config.yaml in it cannot be changed: {why}").format(why=why)) from why


def plan(backup: Backup, target: Path, *, keep_config: bool, environment: Mapping[str, str]) -> Plan:
    """Decide where everything of a backup goes, for a config.yaml at `target`. Raises BadBackup, OSError.

    `keep_config`: the config.yaml that is there stays, and says where the rest goes.
    """
    if CONFIG not in backup.files and not keep_config:
        raise BadBackup(_("it holds no config.yaml"))
    content = read_file(target, MOST[CONFIG]) if keep_config else backup.files[CONFIG]
    folder = target.absolute().parent
    trusted = (lambda _: True) if keep_config else _places_of(target, environment)
    text = _Text(content.decode("utf-8", "replace"), folder, environment, [], trusted)
    default = str(SYSTEM_STATE / "simbank.db") if text.folder == SYSTEM.parent else "simbank.db"
    store = text.path("store", default=default) or default_store(environment, text.folder)
    if any(isinstance(rule, dict) and rule.get("path") == "simulated" for rule in text.value("ports") or ()):
        store = simulated_store(store)
    files = []
    sims_file = text.path("sims_file", default=_SIMS_NAME)
    if SIMS in backup.files and sims_file is not None:
        files.append(NewFile(sims_file, backup.files[SIMS], 0o640))
    elif SIMS in backup.files:
        text.notes.append(_("sims_file was not restored: this config.yaml has none"))
    if KEY in backup.files:
        files.append(NewFile(_key_file(text, keep_config=keep_config), backup.files[KEY], 0o600))
    if not keep_config:
        files.append(NewFile(target, text.text.encode(), 0o640))
    return Plan(tuple(files), store, sims_file, tuple(text.notes))


def _places_of(target: Path, environment: Mapping[str, str]) -> Callable[[Path], bool]:
    """Return whether a file is below the folder of config.yaml or of the service's store, or named there already."""
    folder = target.absolute().parent
    roots = [folder.resolve(), SYSTEM_STATE]
    named: set[Path] = set()
    with contextlib.suppress(OSError, BadBackup):
        here = _Text(
            read_file(target, MOST[CONFIG]).decode("utf-8", "replace"),
            folder,
            environment,
            [],
            lambda _: True,
        )
        for key in (("store",), ("sims_file",), ("onlinesim", "api_key_file")):
            named |= {path.resolve()} if (path := here.path(*key, default="")) is not None else set()

    def trusted(path: Path) -> bool:
        resolved = path.resolve()
        return resolved in named or any(resolved.is_relative_to(root) for root in roots)

    return trusted


def _key_file(text: _Text, *, keep_config: bool) -> Path:
    """Return where the key goes: where config.yaml says, else where the service's credential is."""
    path = text.path("onlinesim", "api_key_file", default=KEY)
    if path is not None:
        return path
    if text.folder != SYSTEM.parent and not keep_config:
        text.set(("onlinesim", "api_key_file"), KEY)
    elif text.folder != SYSTEM.parent:
        text.notes.append(
            _("write `api_key_file: {file}` under onlinesim, where the key is now").format(file=KEY)
        )
    return text.folder / KEY


def carry_out(backup: Backup, plan: Plan, *, wall: Callable[[], float] = time.time) -> tuple[str, ...]:
    """Put everything in place, and return a line for each file.

    Raises StoreInUse while an agent has the store; BadBackup, OSError, sqlite3.Error. What fails before the store is in
    its place changes nothing.
    """
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(wall()))
    with contextlib.ExitStack() as ends:
        copy = ends.enter_context(_store_of(backup)) if STORE in backup.files else None
        _make_folder(plan.store.parent)
        lock = StoreLock(plan.store)
        ends.callback(lock.release)
        changed = [file for file in plan.files if not _is(file.path, file.content)]
        beside = [ends.enter_context(_beside(file)) for file in changed]
        said = []
        if copy is not None:
            aside = copy.move_to(plan.store, sims_file=plan.sims_file, wall=wall)
            said.append(_line(plan.store, aside))
        for file, ready in zip(changed, beside, strict=True):
            said.append(_line(file.path, _lay_aside(file.path, stamp)))
            ready.replace(file.path)
        said += [_("{file}: as it was").format(file=file.path) for file in plan.files if file not in changed]
    return (*said, *plan.notes)


@contextlib.contextmanager
def _store_of(backup: Backup) -> Iterator[StoreCopy]:
    try:
        copy = StoreCopy(backup.files[STORE])
    except NoStore as why:
        raise BadBackup(
            _("the store in it cannot be used: {why}").format(why=problem_in(str(why), current_language()))
        ) from why
    with contextlib.closing(copy):
        if copy.found.broken:
            raise BadBackup(
                _("the store in it is damaged: {what}").format(
                    what=problem_in("; ".join(copy.found.dropped), current_language())
                )
            )
        yield copy


def _make_folder(folder: Path) -> None:
    """Make the folder of the store; the service's belongs to its user, as systemd would make it."""
    if folder.exists():
        return
    folder.mkdir(mode=0o700, parents=True)
    if folder == SYSTEM_STATE and os.geteuid() == 0:
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(SYSTEM_USER)
            os.chown(folder, user.pw_uid, user.pw_gid)


@contextlib.contextmanager
def _beside(file: NewFile) -> Iterator[Path]:
    """Write the file under another name beside its place; gone at the end, unless it got its name. Raises OSError."""
    ready = file.path.with_name(f".{file.path.name}.{secrets.token_hex(8)}")
    try:
        try:
            _write(ready, file)
        except OSError as why:
            raise type(why)(why.errno, why.strerror, str(file.path)) from why
        yield ready
    finally:
        ready.unlink(missing_ok=True)


def _write(path: Path, file: NewFile) -> None:
    """Write what becomes this file, whole and on the disk. Raises OSError."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(file.content)
        _give(descriptor, file)
        out.flush()
        os.fsync(descriptor)


def _give(descriptor: int, file: NewFile) -> None:
    """Give a file the owner and mode of the one in its place; a new one is for who has the folder, or the service."""
    with contextlib.suppress(FileNotFoundError):
        before = file.path.stat()
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, before.st_uid, before.st_gid)
        os.fchmod(descriptor, before.st_mode & 0o777)
        return
    give_to_owner(descriptor, file.path.parent)
    if file.path.parent == SYSTEM.parent and file.mode & 0o070:
        with contextlib.suppress(LookupError, PermissionError):
            shutil.chown(descriptor, group=SYSTEM_USER)
            os.fchmod(descriptor, file.mode)


def _lay_aside(path: Path, stamp: str) -> str:
    """Rename what is there, and return its new name; "" where nothing is. An empty file is nothing."""
    if not path.is_file() or path.stat().st_size == 0:
        return ""
    name = f"{path.name}.before-{stamp}"
    aside = next(
        one for n in range(1000) if not (one := path.with_name(name + (f"-{n}" if n else ""))).exists()
    )
    path.rename(aside)
    return aside.name


def _is(path: Path, content: bytes) -> bool:
    try:
        return path.is_file() and not path.is_symlink() and path.read_bytes() == content
    except OSError:
        return False


def _line(path: Path, aside: str) -> str:
    if aside:
        return _("{file}: restored; the one before is {before}").format(file=path, before=aside)
    return _("{file}: restored").format(file=path)
