"""Codes that change a subscriber's services (3GPP TS 22.030 §6.5, Annexes B and C), as against a harmless *100#."""

from __future__ import annotations

import re

_QUERY = re.compile(r"\*([0-9]{1,4})(?:\*([0-9]{1,20}))?#", re.ASCII)
"""The only form of a USSD request that is sent."""

_SERVICES = {
    "002": "diverts all calls",
    "004": "diverts calls on conditions",
    "21": "diverts calls",
    "61": "diverts calls that nobody answers",
    "62": "diverts calls of an unreachable phone",
    "66": "deflects calls",
    "67": "diverts calls of a busy phone",
    "214": "makes calls follow another phone",
    "30": "shows the caller's number",
    "31": "hides the own number",
    "76": "shows the connected number",
    "77": "hides the connected number",
    "300": "shows the caller's name",
    "33": "bars outgoing calls",
    "330": "bars all services",
    "331": "bars calls abroad",
    "332": "bars calls abroad except home",
    "333": "bars outgoing services",
    "35": "bars incoming calls",
    "351": "bars incoming calls abroad",
    "353": "bars incoming services",
    "37": "completes calls to busy subscribers",
    "43": "switches call waiting",
    **dict.fromkeys(("59", "591", "592", "593", "594"), "switches subscriber profiles"),
    "75": "sets a priority of calls",
    "750": "sets a priority of calls",
    "751": "sets a priority of calls",
    "752": "sets a priority of calls",
    "753": "sets a priority of calls",
    "754": "sets a priority of calls",
    "88": "splits several calls",
    "96": "transfers calls",
    "360": "switches user signalling",
    "361": "switches user signalling",
    "362": "switches user signalling",
    "363": "switches user signalling",
    "03": "changes the barring password",
    "04": "changes the PIN",
    "042": "changes PIN2",
    "05": "unlocks the PIN",
    "052": "unlocks PIN2",
    "06": "shows the IMEI",
}


def objection(code: str) -> str | None:
    """Why `code` may not be sent as an own-number query, as text for the operator; None where it may."""
    query = _QUERY.fullmatch(code)
    if query is None:
        if code.startswith(("**", "##", "*#", "#")):
            return "this form changes or cancels a service (3GPP TS 22.030 §6.5.2)"
        return "must be *digits# or *digits*digits#"
    service = _SERVICES.get(query[1])
    if service is not None:
        return f"*{query[1]} {service} (3GPP TS 22.030 Annex B)"
    return None
