"""`init`: the questions, and config.yaml and the key written together or not at all."""

from __future__ import annotations

import errno
import getpass
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from agent.app.secret_file import LARGEST, read_secret
from agent.cli.atomic_write import create, read_bytes, replace_bytes
from agent.cli.exit import Exit, fail
from agent.cli.table import console, foreign_text
from agent.config import SANDBOX, ConfigError, NewPort, load
from agent.config.locate import SYSTEM, SYSTEM_USER
from agent.config.models import MOST_MODULES
from agent.install.files import installed_config
from agent.install.first_config import FirstAnswers, first_config
from agent.install.install import START
from agent.language import _, ngettext
from drivers.ports import Port, group, usb_serial_ports

T = TypeVar("T")

KEY_NAME: Final = "api_key"
"""Beside config.yaml: in /etc/simbank-agent it is what systemd hands to the service."""
_KEY: Final = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was given as options: of these nothing is asked."""

    server: str | None = None
    key_file: Path | None = None
    modules: int | None = None
    ports: Sequence[str] = ()


def make_first_config(target: Path, given: Given) -> None:
    """Ask what is not given, and write both files; exits with 2 where nobody can be asked.

    Raises OSError, ConfigError.
    """
    target = target.absolute()
    key_path = target.with_name(KEY_NAME)
    _refuse_to_overwrite(target)
    _check_writable(target)
    asking = sys.stdin.isatty() and sys.stderr.isatty()
    found = usb_serial_ports()
    if found or not given.ports:
        _show_ports(found)
    server = given.server or (
        _ask_server(target) if asking else _missing(_("--server URL, or --server sandbox"))
    )
    key = "" if server == SANDBOX and given.key_file is None else _key(given, key_path, asking=asking)
    modules = given.modules or _modules(found, asking=asking)
    ports = [NewPort(path) for path in given.ports] or (_ask_ports(found) if asking else [])
    service = target.parent == SYSTEM.parent
    # With the key already in its place, the file need not be named again.
    named = "" if service or server == SANDBOX else KEY_NAME
    text = first_config(
        FirstAnswers(server=server, modules=modules, ports=ports, key_file=named), service=service
    )
    _check(text, target)
    _write(target, text, key_path, key)
    _say_next(target, service=service, sandbox=server == SANDBOX)


def _refuse_to_overwrite(target: Path) -> None:
    """Go on only where no config.yaml is, or the one that the package put there, untouched. Raises OSError."""
    if os.path.lexists(target) and read_bytes(target) != installed_config().encode():
        fail(
            Exit.PROBLEM,
            _(
                "{file} is there already, and nothing is overwritten: edit it, or give another file with --config"
            ).format(file=target),
        )


def _check_writable(target: Path) -> None:
    """Raise PermissionError before anything is asked."""
    folder = next(one for one in target.parents if one.exists())
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))


def _show_ports(found: Sequence[Port]) -> None:
    out = console(stderr=True)
    if not found:
        out.print(_("No USB serial port is there now: the agent uses each one that is plugged in later."))
        return
    ports = ngettext("{n} USB serial port", "{n} USB serial ports", len(found)).format(n=len(found))
    n = len(group(found))
    out.print(ngettext("{ports} of {n} module:", "{ports} of {n} modules:", n).format(ports=ports, n=n))
    for number, port in enumerate(found, 1):
        out.print(
            foreign_text(
                f"  {number:>3}  {port.stable_name}  {port.usb.product if port.usb else ''}".rstrip()
            )
        )


def _ask_server(target: Path) -> str:
    text = _("This writes {file}. Ctrl-C leaves everything as it is.")
    print(text.format(file=target), file=sys.stderr)

    def checked(text: str) -> str:
        server = text or SANDBOX
        _check(first_config(FirstAnswers(server=server, modules=1), service=False), target, with_key=True)
        return server

    return _ask(
        _("Onlinesim server, the URL from partner support (Enter: the sandbox, which sells nothing)"), checked
    )


def _key(given: Given, path: Path, *, asking: bool) -> str:
    """Return the key to be written, "" where one is in its place already. Exits where there is none."""
    if given.key_file is not None:
        return _key_from(given.key_file)
    if path.is_file() and path.stat().st_size:
        print(_("{file} is there already and stays").format(file=path), file=sys.stderr)
        return ""
    if not asking:
        return _missing(_("--key-file FILE, or --key-file - for stdin"))

    def checked(text: str) -> str:
        if not _KEY.fullmatch(text):
            raise ValueError(_("it is empty, or has blanks or characters outside ASCII: copy it again"))
        return text

    return _ask(_("API key (it is not shown)"), checked, read=lambda words: getpass.getpass(words))


def _key_from(file: Path) -> str:
    if str(file) != "-":
        try:
            return read_secret(file)
        except ValueError as why:
            fail(Exit.PROBLEM, f"{file} {why}")
    key = sys.stdin.read(LARGEST).strip()
    if not _KEY.fullmatch(key):
        fail(Exit.PROBLEM, _("the key on stdin is empty or has blanks or characters outside ASCII"))
    return key


def _modules(found: Sequence[Port], *, asking: bool) -> int:
    there = len(group(found))
    if not asking:
        return there or int(_missing("--modules N"))

    def checked(text: str) -> int:
        if not text and there:
            return there
        if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= MOST_MODULES:
            raise ValueError(_("write a number from 1 to {most}").format(most=MOST_MODULES))
        return int(text)

    more = _(" (Enter: {n})").format(n=there) if there else ""
    text = _("How many GSM modules do you own? Never more numbers than this are reported")
    return _ask(text + more, checked)


def _ask_ports(found: Sequence[Port]) -> list[NewPort]:
    if not found:
        return []

    def checked(text: str) -> list[NewPort]:
        chosen = [found[number - 1] for number in _numbers(text, len(found))]
        return [NewPort(port.stable_name, port.usb.product if port.usb else "") for port in chosen]

    return _ask(
        _("Which ports? Numbers of the list, such as 1-8,11 (Enter: all, and those that come)"), checked
    )


def _numbers(text: str, most: int) -> Iterator[int]:
    for part in filter(None, re.split(r"[,\s]+", text)):
        first, dash, last = part.partition("-")
        last = last if dash else first
        if not (first.isdecimal() and last.isdecimal() and 1 <= int(first) <= int(last) <= most):
            raise ValueError(_("write numbers from 1 to {most}").format(most=most))
        yield from range(int(first), int(last) + 1)


def _ask(words: str, checked: Callable[[str], T], *, read: Callable[[str], str] | None = None) -> T:
    """Ask until the answer is good. Exits with 2 where the terminal ends."""
    while True:
        try:
            text = _typed(words) if read is None else read(f"{words}: ")
        except EOFError:
            print(file=sys.stderr)
            fail(Exit.USAGE, _("init: no answer; nothing was written"))
        try:
            return checked(text.strip())
        except (ValueError, ConfigError) as why:
            print(f"  {_reason(why)}", file=sys.stderr)


def _typed(words: str) -> str:
    print(f"{words}: ", end="", file=sys.stderr, flush=True)
    return input()


def _reason(why: Exception) -> str:
    if isinstance(why, ConfigError):
        return "; ".join(filter(None, (why.problems[0].message, why.problems[0].hint)))
    return str(why)


def _missing(what: str) -> str:
    text = _("init: this is not a terminal; give {options}. Nothing was written")
    fail(Exit.USAGE, text.format(options=what))


def _check(text: str, target: Path, *, with_key: bool = False) -> None:
    """Raise ConfigError for what no agent would start with; `with_key`: as if the key were in its place."""
    environment = (
        {"CREDENTIALS_DIRECTORY": str(target.parent)} if with_key or target.parent == SYSTEM.parent else {}
    )
    load(text, file=str(target), environment=environment, folder=target.parent)


def _write(target: Path, text: str, key_path: Path, key: str) -> None:
    """Write both files; where one fails nothing is left of the other. Raises OSError."""
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with _undone_unless_whole(key_path if key else None):
        if key:
            _place(key_path, f"{key}\n".encode(), 0o600)
            print(_("wrote: {file}, which only its owner can read").format(file=key_path))
        service = target.parent == SYSTEM.parent
        _place(target, text.encode(), 0o640 if service else 0o600, group=SYSTEM_USER if service else "")
        print(_("wrote: {file}").format(file=target))


def _place(path: Path, content: bytes, mode: int, group: str = "") -> None:
    if path.exists():
        if path.name == KEY_NAME and path.stat().st_size:
            raise FileExistsError(
                errno.EEXIST, _("a key is there already, and nothing is overwritten"), str(path)
            )
        replace_bytes(path, content)
        return
    create(path, content, mode=mode, group=group)


@contextmanager
def _undone_unless_whole(path: Path | None) -> Iterator[None]:
    """Take back the file that the block wrote first, where it does not come to its end."""
    before = None if path is None or not path.exists() else read_bytes(path)
    try:
        yield
    except BaseException:
        if path is not None and path.exists() and before != read_bytes(path):
            if before is None:
                path.unlink()
            else:
                replace_bytes(path, before)
        raise


def _say_next(target: Path, *, service: bool, sandbox: bool) -> None:
    if service:
        if not _has_service_user():
            print(_("next: sudo simbank-agent install, for the service and its user"), file=sys.stderr)
        print(_("next: {commands}").format(commands=START), file=sys.stderr)
    else:
        option = f"--config {target}"
        text = _("next: simbank-agent check {option}, then simbank-agent run {option}")
        print(text.format(option=option), file=sys.stderr)
    if sandbox:
        print(_("the sandbox sells nothing: set onlinesim.server when you have the URL"), file=sys.stderr)


def _has_service_user() -> bool:
    import grp  # noqa: PLC0415  only Unix has it, and only here it is asked

    try:
        grp.getgrnam(SYSTEM_USER)
    except KeyError:
        return False
    return True
