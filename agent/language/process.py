"""The language of this process, which its command line sets once; texts that are needed in both name theirs."""

from __future__ import annotations

from agent.language.translation import Translation, translation


class _Process:
    """What `use_language` chose."""

    language: str = "en"
    texts: Translation = translation("en")


def use_language(language: str) -> None:
    """Let `_` and its kind speak a language of LANGUAGES."""
    _Process.texts = translation(language)
    _Process.language = language


def current_language() -> str:
    """Return what `use_language` chose, "en" at first."""
    return _Process.language


def _(text: str) -> str:
    """Return `text`, a literal or one marked by `N_`, in the language of the process; values come by `.format`."""
    return _Process.texts.gettext(text)


def ngettext(one: str, other: str, n: int) -> str:
    """Return the form for `n`: `ngettext("{n} SIM", "{n} SIMs", n).format(n=n)`."""
    return _Process.texts.ngettext(one, other, n)


def N_(text: str) -> str:  # noqa: N802  gettext's name for it
    """Mark a text for the catalogue that is translated later, where its language is known."""
    return text


def N_n(one: str, other: str) -> tuple[str, str]:  # noqa: N802  after N_
    """Mark both forms of a text: `ngettext(*FORMS, n).format(n=n)`."""
    return one, other
