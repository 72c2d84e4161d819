"""The country of a SIM, by whose numbering plan a number without its plus is read."""

from __future__ import annotations

from agent.formats import e164, iccid, mcc
from agent.formats.number_fault import Objection
from agent.formats.written_number import Written


def complete(written: Written, card: str | None, imsi: str | None) -> str | Objection:
    """Return a number without its plus in E.164 form, for the SIM with this ICCID (`card`) and IMSI.

    The IMSI's country counts; without an IMSI, the one that issued the card. Where the two have different calling
    codes, as on travel cards that show a sponsor's IMSI, no country's code is added: only digits that carry one of them
    are read. The same holds for the IMSI of a global network, which has no country.
    """
    home = mcc.home_region(imsi) if imsi else None
    issuer = iccid.issuing_region(card) if card else None
    named = [region for region in (home, issuer) if region is not None]
    agree = len({e164.code_of(region) for region in named}) == 1
    if agree and (home is not None or not imsi):
        return e164.without_plus(written, named[0])
    return e164.with_country_code(written, named)
