"""One text in both languages, for what is shown to people of both at once: page, API, alerts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, Self

from agent.language.translation import translation


class Bilingual(NamedTuple):  # no dataclass: to import that would take a sixth of `--version`
    """One text for people in both languages."""

    en: str
    ru: str

    @classmethod
    def of(cls, text: Callable[[str], str]) -> Self:
        """Build it from a function of the language, "en" or "ru"."""
        return cls(text("en"), text("ru"))

    def localized(self, lang: str) -> str:
        """Return the text in `lang`; English for any language but "ru"."""
        return self.ru if lang == "ru" else self.en


NO_TEXT: Final = Bilingual("", "")


def both(text: str, **values: object) -> Bilingual:
    """Return a text, a literal or one marked by `N_`, with its values; a bilingual value is put in its language."""
    if not values:
        return Bilingual.of(lambda lang: translation(lang).gettext(text))
    return Bilingual.of(lambda lang: translation(lang).gettext(text).format(**_in(lang, values)))


def both_n(one: str, other: str, n: int, **values: object) -> Bilingual:
    """Return the form for `n`, which is a value as well."""
    return Bilingual.of(
        lambda lang: translation(lang).ngettext(one, other, n).format(n=n, **_in(lang, values))
    )


def _in(lang: str, values: dict[str, object]) -> dict[str, object]:
    return {
        name: value.localized(lang) if isinstance(value, Bilingual) else value
        for name, value in values.items()
    }
