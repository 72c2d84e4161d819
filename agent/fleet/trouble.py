"""Why there is no connection to the engine, which redis-py and we say in English, in the other languages."""

from __future__ import annotations

from typing import Final

from agent.language import N_, Retelling

ANOTHER: Final = N_("this is another server than before")
NO_WRITES: Final = N_("this server is a {role} and takes no writes")
LOST: Final = N_("the connection was lost")

trouble_in: Final = Retelling(
    ANOTHER,
    NO_WRITES,
    LOST,
    N_("Error {code} connecting to {place}. {why}."),
    N_("Connect call failed {address}"),
    N_("Timeout connecting to server"),
    N_("Timeout reading from {place}"),
    N_("Connection closed by server."),
    N_("invalid username-password pair or user is disabled."),
    N_("Authentication required."),
    N_("this user has no permissions to run the '{command}' command"),
    N_("this user has no permissions to access one of the keys used as arguments"),
    N_("this user has no permissions to access one of the channels used as arguments"),
)
"""Says it in another language."""
