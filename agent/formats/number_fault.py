"""Why a text is no certain telephone number, with a sentence and an advice for each reason in English and Russian."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from agent.language import N_, translation


class Fault(enum.StrEnum):
    """What keeps a text from being one certain number; the first half by its form, the second by its country."""

    CHARACTER = "character"
    ROUNDED = "rounded"
    DATE = "date"
    SEVERAL = "several"
    PLUS = "plus"
    LENGTH = "length"
    CALLING_CODE = "calling_code"
    IMPOSSIBLE = "impossible"
    DOUBT = "doubt"
    NO_COUNTRY = "no_country"
    TWO_COUNTRIES = "two_countries"


_WRITE_PLUS: Final = N_("write it with + and country code")
_ENTER_AGAIN: Final = N_("format the column as text and enter it again")
_TEXTS: Final[dict[Fault, tuple[str, str]]] = {
    Fault.CHARACTER: (N_("is not a number: it holds {character}"), _WRITE_PLUS),
    Fault.ROUNDED: (N_("is not a number: a spreadsheet has rounded it"), _ENTER_AGAIN),
    Fault.DATE: (N_("is a date, not a number"), _ENTER_AGAIN),
    Fault.SEVERAL: (
        N_("is not one number: something follows it"),
        N_("write one number, with + and country code"),
    ),
    Fault.PLUS: (N_("is not a number: its + is not at the front"), _WRITE_PLUS),
    Fault.LENGTH: (N_("is not a number: too few or too many digits"), _WRITE_PLUS),
    Fault.CALLING_CODE: (N_("is not a number of any country"), N_("check the digits after the +")),
    Fault.IMPOSSIBLE: (N_("is not a possible number of the SIM's country"), _WRITE_PLUS),
    Fault.DOUBT: (N_("may be two different numbers"), _WRITE_PLUS),
    Fault.NO_COUNTRY: (N_("has no country: the SIM does not name one"), _WRITE_PLUS),
    Fault.TWO_COUNTRIES: (N_("has no certain country: the SIM's ICCID and IMSI name two"), _WRITE_PLUS),
}


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a text is no number; `character` is one that no number has, only with `Fault.CHARACTER`."""

    fault: Fault
    character: str = ""

    def message(self, language: str = "en") -> str:
        """Return the end of a sentence that begins with the text."""
        text = translation(language).gettext(_TEXTS[self.fault][0])
        return text.format(character=named(self.character, language))

    def hint(self, language: str = "en") -> str:
        """Return what to do."""
        return translation(language).gettext(_TEXTS[self.fault][1])


def named(character: str, language: str = "en") -> str:
    """Return a character as people can find it: in quotes if it can be seen, and by its code."""
    if not character:
        return ""
    code = f"U+{ord(character):04X}"
    if character.isprintable() and not character.isspace():
        return f'"{character}" ({code})'
    return translation(language).gettext("an invisible character, {code}").format(code=code)
