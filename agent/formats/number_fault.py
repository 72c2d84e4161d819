"""Why a text is no certain telephone number, with a sentence and an advice for each reason in English and Russian."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final


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


_WRITE_PLUS: Final = ("write it with + and country code", "напишите его с + и кодом страны")
_ENTER_AGAIN: Final = (
    "format the column as text and enter it again",
    "сделайте столбец текстовым и введите номер заново",
)
_TEXTS: Final[dict[Fault, tuple[tuple[str, str], tuple[str, str]]]] = {
    Fault.CHARACTER: (("is not a number: it holds {}", "не номер, в нём есть {}"), _WRITE_PLUS),
    Fault.ROUNDED: (
        ("is not a number: a spreadsheet has rounded it", "не номер, его округлила электронная таблица"),
        _ENTER_AGAIN,
    ),
    Fault.DATE: (("is a date, not a number", "не номер, а дата"), _ENTER_AGAIN),
    Fault.SEVERAL: (
        ("is not one number: something stands behind it", "не один номер, за ним стоит что-то ещё"),
        ("write one number, with + and country code", "напишите один номер, с + и кодом страны"),
    ),
    Fault.PLUS: (
        ("is not a number: its + does not stand in front", "не номер, + стоит не в начале"),
        _WRITE_PLUS,
    ),
    Fault.LENGTH: (
        ("is not a number: too few or too many digits", "не номер, цифр слишком мало или слишком много"),
        _WRITE_PLUS,
    ),
    Fault.CALLING_CODE: (
        ("is not a number of any country", "не номер ни одной страны"),
        ("check the digits after the +", "проверьте цифры после +"),
    ),
    Fault.IMPOSSIBLE: (
        ("is not a possible number of the SIM's country", "такого номера в стране SIM-карты быть не может"),
        _WRITE_PLUS,
    ),
    Fault.DOUBT: (("may be two different numbers", "можно прочитать как два разных номера"), _WRITE_PLUS),
    Fault.NO_COUNTRY: (
        ("has no country: the SIM does not tell one", "без кода страны, а страна SIM-карты неизвестна"),
        _WRITE_PLUS,
    ),
    Fault.TWO_COUNTRIES: (
        (
            "has no certain country: the SIM's ICCID and IMSI name two",
            "без кода страны, а ICCID и IMSI этой SIM-карты указывают на разные страны",
        ),
        _WRITE_PLUS,
    ),
}


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a text is no number; `character` is one that no number has, only with `Fault.CHARACTER`."""

    fault: Fault
    character: str = ""

    def message(self, language: str = "en") -> str:
        """Return the end of a sentence that begins with the text; in Russian what follows the text and a colon."""
        return _TEXTS[self.fault][0][language == "ru"].format(named(self.character, language))

    def hint(self, language: str = "en") -> str:
        """Return what to do."""
        return _TEXTS[self.fault][1][language == "ru"]


def named(character: str, language: str = "en") -> str:
    """Return a character as people can find it: in quotes if it can be seen, and by its code."""
    if not character:
        return ""
    code = f"U+{ord(character):04X}"
    if character.isprintable() and not character.isspace():
        return f'"{character}" ({code})'
    return f"невидимый символ {code}" if language == "ru" else f"an invisible character, {code}"
