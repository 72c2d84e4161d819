"""Why a service took no message, which we say in English, in the other languages; what services say stays as it is."""

from __future__ import annotations

from typing import Final

from agent.language import N_, Retelling

why_in: Final = Retelling(
    N_("answered {status}"),
    N_("no answer within {seconds} s"),
    N_("the child cannot be started: {why}"),
    N_("Apprise cannot be loaded: {why}"),
    N_("Apprise knows no such service, or the URL lacks something that the service needs"),
    N_("Apprise gives no reason"),
    N_("Apprise gives no reason: {why}"),
)
"""Says it in another language. The child that says some of it imports nothing of ours."""
