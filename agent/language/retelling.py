"""Sentences that are made and kept in English, where no language is known: of drivers, in the store, of the system.

They are said in another language where they are shown: a sentence is known by the marked text that it was made from.
"""

from __future__ import annotations

import re
from functools import lru_cache
from string import Formatter
from typing import Final

from agent.language.translation import translation

_KEPT: Final = 2048
_LONGEST: Final = 400
"""Characters of one sentence of ours; with the texts of servers in it, which are shortened."""
_AND: Final = "; "


_Pattern = tuple[re.Pattern[str], str | tuple[str, str]]


class Retelling:
    """Says English sentences in other languages; `texts` are what they were made from, by `.format`.

    Of a text with plural forms (`N_n`), which has its number as {n}, both are given.
    """

    def __init__(self, *texts: str | tuple[str, str]) -> None:
        self.texts = texts
        self._patterns: list[_Pattern] | None = None
        self._retell = lru_cache(_KEPT)(self._say)

    def __call__(self, sentence: str, language: str) -> str:
        """Return the sentence in `language`; as it is, where it was made from none of the texts.

        Of several, with semicolons between them, each is told; so is each value within one.
        """
        return sentence if language == "en" or not sentence else self._retell(sentence, language)

    def _say(self, sentence: str, language: str) -> str:
        parts = sentence.split(_AND)
        each = [self._known(part, language) for part in parts]
        if None not in each:
            return _AND.join(filter(None, each))
        # One text with a semicolon of its own, perhaps.
        whole = self._known(sentence, language)
        return whole or _AND.join(told or part for told, part in zip(each, parts, strict=True))

    def _known(self, sentence: str, language: str) -> str | None:
        texts = translation(language)
        for known in (sentence, sentence.lower()):  # the system begins its own with a capital
            if (said := texts.gettext(known)) != known:
                return said
        for pattern, forms in self._compiled() if len(sentence) <= _LONGEST else ():
            if found := pattern.fullmatch(sentence):
                values = {name: self(value, language) for name, value in found.groupdict().items()}
                if isinstance(forms, str):
                    return texts.gettext(forms).format(**values)
                return texts.ngettext(*forms, int(values["n"])).format(**values)
        return None

    def _compiled(self) -> list[_Pattern]:
        if self._patterns is None:
            each = [
                (forms, text)
                for forms in self.texts
                for text in ([forms] if isinstance(forms, str) else forms)
            ]
            # The longest first: where two fit, the one with more words is meant.
            each.sort(key=lambda pair: -len(pair[1]))
            self._patterns = [(_pattern(text), forms) for forms, text in each if "{" in text]
        return self._patterns


def _pattern(text: str) -> re.Pattern[str]:
    parts: list[str] = []
    seen: set[str] = set()
    for literal, name, _, _ in Formatter().parse(text):
        parts.append(re.escape(literal))
        if name is not None:
            group = r"(?P<n>\d+)" if name == "n" else f"(?P<{name}>.+?)"
            parts.append(f"(?P={name})" if name in seen else group)
            seen.add(name)
    return re.compile("".join(parts), re.DOTALL)
