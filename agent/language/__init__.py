"""Texts for people in English and Russian: gettext catalogues, and which language a process speaks.

Responsible for finding the Russian of an English text, with the right plural; English needs no catalogue.
Must not know what any text is about, nor that there is a config.yaml.
"""

from agent.language.bilingual import NO_TEXT, Bilingual, both, both_n
from agent.language.environment import LANGUAGES, language_of
from agent.language.process import N_, N_n, _, current_language, ngettext, pgettext, use_language
from agent.language.retelling import Retelling
from agent.language.translation import Translation, translation

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
    "pgettext",
    "translation",
    "use_language",
]
