"""Asking the agent that has a store, over its control socket. Blocks."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Final

from agent.control.messages import LONGEST_ANSWER, Answer, BadMessage, Request, read_answer, request_line
from agent.control.server import peer_of, reachable
from agent.language import _, current_language
from agent.language.system_words import system_words
from agent.store.lock import StoreInUse, announced_socket, refuse_if_locked

WITHIN: Final = 15.0
"""Seconds for an answer."""


class NoControl(Exception):
    """An agent has the store, and cannot be told anything; the text says why."""


def ask(store: Path, request: Request) -> Answer | None:
    """Return the answer of the agent that has this store, None where none has it. Raises NoControl, PermissionError."""
    path = announced_socket(store)
    try:
        refuse_if_locked(store)
    except StoreInUse as used:
        if path is None:
            text = _("{error}, which has no control socket: stop it, then repeat this")
            raise NoControl(text.format(error=used)) from used
        try:
            return _asked(path, request)
        except PermissionError:
            raise
        except (OSError, BadMessage) as why:
            text = _("the agent does not answer at {path} ({why}): stop it, then repeat this")
            raise NoControl(text.format(path=path, why=_reason(why))) from why
    return None


def _reason(why: OSError | BadMessage) -> str:
    return system_words(why, current_language()) if isinstance(why, OSError) else str(why)


def _asked(path: Path, request: Request) -> Answer:
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(WITHIN)
            connection.connect(reachable(path, folder))
            if peer_of(connection) not in {0, os.geteuid(), path.lstat().st_uid}:
                raise BadMessage(_("it belongs to another user"))
            connection.sendall(request_line(request))
            with connection.makefile("rb") as answer:
                line = answer.readline(LONGEST_ANSWER)
    finally:
        os.close(folder)
    if not line:
        raise BadMessage(_("it hung up: only root and its own user may ask it"))
    return read_answer(line)
