"""What the log says of a host that takes no part in the fleet, once for each reason."""

from __future__ import annotations

import logging
from typing import Final

from agent.fleet.state import RefusedBy
from agent.language import N_, _

_log = logging.getLogger(__name__)

_TEXTS: Final = {
    RefusedBy.NAME: N_(
        "another agent calls itself {host}, so this one reports nothing: give each host its own fleet.host"
    ),
    RefusedBy.KEY: N_(
        "the other hosts report to another server, or with another key, so this one reports nothing: make"
        " onlinesim.server and the API key equal on all hosts"
    ),
    RefusedBy.VERSION: N_(
        "the fleet speaks a version that this agent cannot read, so it reports nothing: update it"
    ),
}


class RefusalLog:
    """Remembers what was said."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._said: RefusedBy | None = None

    def note(self, refused: RefusedBy | None) -> None:
        """Say why this host takes no part, and when it does again."""
        if refused is self._said:
            return
        self._said = refused
        if refused is None:
            _log.info("fleet: this host takes part again")
        else:
            _log.error("fleet: %s", _(_TEXTS[refused]).format(host=self._host))
