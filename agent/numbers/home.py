"""A written number in E.164 form: with its plus it stands for itself, without it the SIM's country counts."""

from __future__ import annotations

from agent.formats import e164, iccid, mcc
from agent.formats.number_fault import Objection
from agent.formats.written_number import Written


def in_e164(written: Written, card: str | None, imsi: str | None, *, told: bool = False) -> str | Objection:
    """Return the number of the SIM with this ICCID (`card`) and IMSI; `told` by a module, or written by the operator.

    With its plus, what the operator wrote is sent digit for digit. Without it the IMSI's country counts; without an
    IMSI, that of the card's issuer. Where the two have different calling codes, as on travel cards that show a
    sponsor's IMSI, no country's code is added: only digits that carry one of them are read. The same holds for the IMSI
    of a global network, which has no country.
    """
    if written.plus:
        return e164.told(written) if told else e164.as_written(written)
    home = mcc.home_region(imsi) if imsi else None
    issuer = iccid.issuing_region(card) if card else None
    named = [region for region in (home, issuer) if region is not None]
    agree = len({e164.code_of(region) for region in named}) == 1
    if agree and (home is not None or not imsi):
        return e164.without_plus(written, named[0])
    return e164.with_country_code(written, named)
