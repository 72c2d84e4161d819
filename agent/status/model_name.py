"""What kind of module it is, as people read it.

Responsible for one name from what a module says of its maker and its model (docs/at-field-guide.md §2.1). Must not know
vendors.
"""

from __future__ import annotations

import re
from typing import Final

from drivers.observation import Identity

_LEGAL_FORM: Final = re.compile(
    r"((^|[\s,._]+)(inc|incorporated|corp|corporation|co|company|ltd|limited|llc|plc|ag|gmbh|s\.?p\.?a))+\.?$",
    re.IGNORECASE,
)
"""How a company is owned is no part of its name, and names nobody where it stands alone (A76xx: INCORPORATED)."""


def model_name(identity: Identity) -> str | None:
    """Name maker and model; the maker only where it says who that is, and the model does not."""
    maker = _LEGAL_FORM.sub("", identity.manufacturer or "").strip()
    model = identity.model or ""
    if maker and maker.split()[0].lower() in model.lower():
        maker = ""
    return " ".join(filter(None, (maker, model))) or None
