"""The texts of one language. English is the source itself; the catalogue of another is read when first asked for."""

from __future__ import annotations

from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gettext import NullTranslations

DOMAINS: Final = ("agent", "config", "check", "cli")
"""One file of each language for each group of rooms; a text that is in two is the same in both."""


class Translation:
    """Texts of a language by their English: this one is English, which reads no file."""

    def gettext(self, text: str) -> str:
        """Return `text` in this language; as it is, where it has no translation."""
        return text

    def ngettext(self, one: str, other: str, n: int) -> str:
        """Return the form for `n`; it holds {n}, which the caller fills in."""
        return one if n == 1 else other


class CatalogueTranslation(Translation):
    """The same by the catalogues of `language`."""

    def __init__(self, language: str) -> None:
        self._language = language

    @cached_property
    def _texts(self) -> NullTranslations:
        return read_catalogues(self._language)  # once a text is wanted: `--version` wants none

    def gettext(self, text: str) -> str:
        """As above."""
        return self._texts.gettext(text) if text else ""

    def ngettext(self, one: str, other: str, n: int) -> str:
        """As above."""
        return self._texts.ngettext(one, other, n)


def read_catalogues(language: str) -> NullTranslations:
    """Return all texts of a language that has catalogues. Raises OSError."""
    from gettext import GNUTranslations, NullTranslations  # noqa: PLC0415  English never needs it

    texts = NullTranslations()
    for domain in DOMAINS:
        with (Path(__file__).parent / language / "LC_MESSAGES" / f"{domain}.mo").open("rb") as file:
            catalogue = GNUTranslations(file)
        catalogue.add_fallback(texts)
        texts = catalogue
    return texts


@cache
def translation(language: str) -> Translation:
    """Return the texts of a language of LANGUAGES."""
    return Translation() if language == "en" else CatalogueTranslation(language)
