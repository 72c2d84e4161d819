"""What a running agent answers to `rename`, `move` and `forget`: in English, which the command retells."""

from __future__ import annotations

from typing import Final

from agent.language import N_, N_n, Retelling

answer_in: Final = Retelling(
    N_("the agent has just started and does not know its ports yet; try again in a few seconds"),
    N_("{old} is now called {new}"),
    N_("{name}: its earlier place is forgotten"),
    N_("{name} is forgotten"),
    N_("{card} is forgotten: its number and its date_start"),
    N_(
        "no name can be moved: no IMEI shows a module that is in another place now;"
        " `simbank-agent modules` lists names, places and IMEIs"
    ),
    N_n(
        "{n} name of places without a module left as they were",
        "{n} names of places without a module left as they were",
    ),
    N_("no SIM {card} is known; `simbank-agent sims` lists them"),
    N_("this SIM is in {module} now: remove it first, or the agent knows it again at once"),
    N_("{name} has this name already"),
    N_("no module is called {name}, so nothing can be exchanged"),
    N_("{name} is taken by {place}; --swap exchanges the two"),
    N_(
        "{name} is taken by {place}; --swap exchanges the two, `simbank-agent forget {name}` frees it, and"
        " `simbank-agent move {name} PLACE` takes it along"
    ),
    N_("{place}, where no module is now"),
    N_("the module there has the name {name} already"),
    N_("{name} is plugged in, at {place}; --swap exchanges the two"),
    N_("{name} is plugged in, at {place}: unplug it, or set enabled: false for its port"),
    N_("{name} is set in config.yaml, under ports: remove its rule there"),
    N_("no module is called {name}; {hint}"),
    N_("`simbank-agent modules` lists them"),
    N_('did you mean "{word}"?'),
    N_("no module is at {place} now; `simbank-agent modules` lists places and ports"),
    N_("a name must not have braces, control characters, or blanks around it"),
    N_("a name has at most {most} characters: that is Onlinesim's limit for a port_id"),
    N_("{name} is made of the module's IMEI and moves with it: change name under ports in config.yaml"),
    N_("{name} is set in config.yaml, under ports: change its name there"),
)
"""Says a line or a refusal in another language."""
