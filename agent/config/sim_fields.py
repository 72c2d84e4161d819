"""The kinds of value in `sims`, `ussd` and `usb` of config.yaml: for each its check, message and JSON Schema."""

from __future__ import annotations

import re
import warnings
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from agent.config.driver_words import fault_of_pattern, retold
from agent.config.refusal import refuse, write
from agent.formats import e164, iccid
from agent.formats.near_miss import did_you_mean
from agent.formats.number_fault import Objection, named
from agent.formats.written_number import odd_character, read, visible, without_invisible
from agent.language import N_, _, current_language, ngettext
from drivers.at import search_cost, ussd_codes

_LONGEST_PATTERN = 200
_PATTERN = r"(\+?\d{8,15})"
_PATTERN_HINT = N_("put only the number into parentheses: {pattern}")
_SLOW_PATTERN_HINT = N_(
    "it could stop the agent for hours; write what comes before the number, then its digits: number is {pattern}"
)
_NUMBER_HINT = N_('write "+", the country code and the number, in quotes')


def _sim(value: str) -> str:
    sim = iccid.as_sim(value)
    if sim is None:
        refuse(*_why_no_sim(value))
    return sim


def _why_no_sim(value: str) -> tuple[str, str]:
    """The message and the hint."""
    if value.startswith("+"):
        return _("is not a SIM"), _("the ICCID comes first, its number after the colon")
    if value.startswith("98"):
        return _("is not an ICCID"), _("its digits seem to be swapped in pairs: an ICCID starts with 89")
    if "." in value or "e+" in value.lower():
        return _("is not an ICCID"), _(
            "a spreadsheet has rounded it: copy the digits from the card, in quotes"
        )
    odd = odd_character(visible(value), " -ABCDEFabcdef")
    if odd:
        message = _("is neither an ICCID nor an IMSI: it holds {character}")
        return message.format(character=named(odd, current_language())), _("write the digits alone")
    message = _("is neither an ICCID (89…, 18 to 20 digits) nor an IMSI (14 or 15 digits)")
    return message, _("`simbank-agent sims` lists the SIMs that were seen")


SimKey = Annotated[str, AfterValidator(_sim), WithJsonSchema({"type": "string"})]


def _number(value: str) -> str:
    written = read(value)
    if isinstance(written, Objection):
        refuse(written.message(current_language()), _(_NUMBER_HINT))
    if not written.plus:
        carried = f"+{written.digits.removeprefix('00')}"
        if e164.is_international(carried):
            refuse(_("must begin with + and the country code"), did_you_mean(carried))
        refuse(_("is not a number in international form"), _(_NUMBER_HINT))
    number = e164.as_written(written)
    if isinstance(number, Objection):
        refuse(number.message(current_language()), number.hint(current_language()))
    if without_invisible(value) != number:
        refuse(_("must be + and digits only"), write(number))
    return number


ConfiguredNumber = Annotated[str, AfterValidator(_number)]
"""A `+`, a calling code and digits; sent exactly as written, without what cannot be seen."""


def _usb_id(value: str) -> str:
    if not re.fullmatch(r"[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}", value):
        refuse(_("is not a USB id"), _('write vendor and product as lsusb shows them: "0403:6011"'))
    return value.lower()


UsbId = Annotated[str, AfterValidator(_usb_id)]


def _operator_code(value: str) -> str:
    if not re.fullmatch(r"[2-9][0-9]{4,5}", value, re.ASCII):
        refuse(_("is not an operator code"), _('write MCC and MNC, five or six digits: "24012"'))
    return value


OperatorCode = Annotated[str, AfterValidator(_operator_code)]


def _ussd_code(value: str) -> str:
    objection = ussd_codes.objection(value)
    if objection is not None:
        refuse(retold(objection), _("use only the operator's own-number query, such as *100#"))
    return value


UssdCode = Annotated[str, AfterValidator(_ussd_code)]


def _number_pattern(value: str) -> str:
    hint = _(_PATTERN_HINT).format(pattern=_PATTERN)
    if len(value) > _LONGEST_PATTERN:
        message = ngettext("is longer than {n} character", "is longer than {n} characters", _LONGEST_PATTERN)
        refuse(message.format(n=_LONGEST_PATTERN), hint)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a pattern whose meaning will change
            groups = re.compile(value).groups
    except (re.error, OverflowError, RecursionError, Warning) as wrong:
        refuse(_("is not a valid regular expression: {why}").format(why=fault_of_pattern(str(wrong))), hint)
    if groups != 1:
        refuse(_("must have one group, has {n}").format(n=groups), hint)
    objection = search_cost.objection(value)
    if objection is not None:
        refuse(retold(objection), _(_SLOW_PATTERN_HINT).format(pattern=_PATTERN))
    return value


NumberPattern = Annotated[str, AfterValidator(_number_pattern)]
