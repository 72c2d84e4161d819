"""Texts for people in English and Russian: gettext catalogues, and which language a process speaks.

Responsible for finding the Russian of an English text, with the right plural; English needs no catalogue.
Must not know what any text is about, nor that there is a config.yaml.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from agent.language.environment import LANGUAGES, language_of
from agent.language.process import N_, N_n, _, current_language, ngettext, use_language
from agent.language.translation import Translation, translation

if TYPE_CHECKING:
    from agent.language.bilingual import NO_TEXT, Bilingual, both, both_n
    from agent.language.retelling import Retelling

__all__ = [
    "LANGUAGES",
    "NO_TEXT",
    "N_",
    "Bilingual",
    "N_n",
    "Retelling",
    "Translation",
    "_",
    "both",
    "both_n",
    "current_language",
    "language_of",
    "ngettext",
    "translation",
    "use_language",
]

_LATER = dict.fromkeys(("NO_TEXT", "Bilingual", "both", "both_n"), "bilingual") | {"Retelling": "retelling"}
"""What takes longer to import than all that `--version` needs, and the file that has it."""


def __getattr__(name: str) -> object:
    """Import what is needed late, once somebody asks for it."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
