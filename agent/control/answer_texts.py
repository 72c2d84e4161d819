"""What a running agent answers to `rename`, `move` and `forget`: in English, which the command retells."""

from __future__ import annotations

from typing import Final

from agent.bank.name_texts import REFUSALS
from agent.language import N_, N_n, Retelling

NOTHING_LISTED: Final = N_(
    "the agent has just started and does not know its ports yet; try again in a few seconds"
)
RENAMED: Final = N_("{old} is now called {new}")
PLACE_FORGOTTEN: Final = N_("{name}: its earlier place is forgotten")
FORGOTTEN: Final = N_("{name} is forgotten")
CARD_FORGOTTEN: Final = N_("{card} is forgotten: its number and its date_start")
NONE_TO_MOVE: Final = N_(
    "no name can be moved: no IMEI shows a module that is in another place now;"
    " `simbank-agent modules` lists names, places and IMEIs"
)
LEFT: Final = N_n(
    "{n} name of places without a module left as they were",
    "{n} names of places without a module left as they were",
)
NO_CARD: Final = N_("no SIM {card} is known; `simbank-agent sims` lists them")
CARD_PRESENT: Final = N_("this SIM is in {module} now: remove it first, or the agent knows it again at once")
CUT_OFF: Final = N_("the request was cut off")
UNKNOWN_REQUEST: Final = N_("this agent knows no such request: it is of another version than the command")

answer_in: Final = Retelling(
    NOTHING_LISTED, RENAMED, PLACE_FORGOTTEN, FORGOTTEN, CARD_FORGOTTEN, NONE_TO_MOVE, LEFT, NO_CARD, CARD_PRESENT,
    CUT_OFF, UNKNOWN_REQUEST, *REFUSALS,
)  # fmt: skip
"""Says a line or a refusal in another language."""
