"""Files that others on this machine should not read.

Responsible for judging the modes of config.yaml, the key file and sims_file. Must not read the files.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agent.check.finding import Finding, good, problem, warning
from agent.check.permissions import FileRights


@dataclass(frozen=True, slots=True)
class PrivateFile:
    """A file with something in it. `secret`: a key or token; else it holds numbers of people's SIMs, or nothing."""

    what: str
    path: str
    rights: FileRights
    secret: bool = False
    personal: bool = False


def judge(files: Iterable[PrivateFile]) -> Iterator[Finding]:
    """Name each file that any user of the machine can read though it holds a secret or numbers."""
    for file in files:
        mend = f"chmod o-rwx {shlex.quote(file.path)}"
        if not (file.secret or file.personal):
            continue
        if not file.rights.world_readable:
            yield good(file.what, f"{file.path} is not readable by others")
        elif file.secret:
            text = f"{file.path} holds a secret, and every user of this machine can read it"
            yield problem(file.what, text, mend)
        else:
            yield warning(
                file.what, f"{file.path} holds numbers, and every user of this machine can read it", mend
            )
