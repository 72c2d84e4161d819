"""Why names of modules stay as they are, as texts: a refusal is kept in English, and told in any language."""

from __future__ import annotations

from typing import Final

from agent.bank.roster import CLASH
from agent.language import N_

SAME_NAME: Final = N_("{name} has this name already")
NONE_TO_EXCHANGE: Final = N_("no module is called {name}, so nothing can be exchanged")
TAKEN: Final = N_("{name} is taken by {place}; --swap exchanges the two")
TAKEN_BY_NOBODY: Final = N_(
    "{name} is taken by {place}; --swap exchanges the two, `simbank-agent forget {name}` frees it, and"
    " `simbank-agent move {name} PLACE` takes it along"
)
NO_MODULE_THERE: Final = N_("{place}, where no module is now")
NAMED_SO_THERE: Final = N_("the module there has the name {name} already")
PLUGGED_IN: Final = N_("{name} is plugged in, at {place}; --swap exchanges the two")
TO_UNPLUG: Final = N_("{name} is plugged in, at {place}: unplug it, or set enabled: false for its port")
RULE_TO_REMOVE: Final = N_("{name} is set in config.yaml, under ports: remove its rule there")
NONE_CALLED: Final = N_("no module is called {name}; {hint}")
LISTED: Final = N_("`simbank-agent modules` lists them")
MEANT: Final = N_('did you mean "{word}"?')
NONE_AT: Final = N_("no module is at {place} now; `simbank-agent modules` lists places and ports")
UNUSABLE: Final = N_("a name must not have braces, control characters, or blanks around it")
TOO_LONG: Final = N_("a name has at most {most} characters: that is Onlinesim's limit for a port_id")
MADE_OF_IMEI: Final = N_(
    "{name} is made of the module's IMEI and moves with it: change name under ports in config.yaml"
)
RULE_TO_CHANGE: Final = N_("{name} is set in config.yaml, under ports: change its name there")
CONTESTED: Final = N_(
    "{name} and another module reported one SIM within the last ten minutes; try again when that is over"
)

REFUSALS: Final = (
    SAME_NAME, NONE_TO_EXCHANGE, TAKEN, TAKEN_BY_NOBODY, NO_MODULE_THERE, NAMED_SO_THERE, PLUGGED_IN, TO_UNPLUG,
    RULE_TO_REMOVE, NONE_CALLED, LISTED, MEANT, NONE_AT, UNUSABLE, TOO_LONG, MADE_OF_IMEI, RULE_TO_CHANGE, CONTESTED,
    CLASH,
)  # fmt: skip
"""What the text of a `NameRefused` is made from."""
