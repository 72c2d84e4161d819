"""The language of the locale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("en", "ru")
"""The language of the source, and what it is translated to."""
_CATEGORIES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
_NO_LANGUAGE: Final = frozenset({"", "C", "POSIX"})


def language_of(environment: Mapping[str, str]) -> str:
    """Return the language that the environment asks for, "en" or "ru", as GNU gettext would choose it.

    The first of LC_ALL, LC_MESSAGES and LANG that is set counts. If it names a language, LANGUAGE goes before it: a
    list such as "uk:ru:en", of which the first language that we have counts.
    """
    locale = next((environment[name] for name in _CATEGORIES if environment.get(name)), "")
    wished = [locale]
    # https://www.gnu.org/software/gettext/manual/html_node/The-LANGUAGE-variable.html
    if locale not in _NO_LANGUAGE:
        wished = [*environment.get("LANGUAGE", "").split(":"), locale]
    known = (name.replace("-", "_").partition("_")[0].partition(".")[0].lower() for name in wished)
    return next((name for name in known if name in LANGUAGES), LANGUAGES[0])
