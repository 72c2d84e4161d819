"""The login form as HTML, in English and Russian. It needs no script."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import quote

from agent.language import LANGUAGES, N_, translation

_TEXTS: Final = {
    "title": N_("Log in"),
    "token": N_("Access token"),
    "where": N_("The token is in config.yaml on the host of the agent: status.token or status.token_file."),
    "enter": N_("Log in"),
    "language": N_("Language"),
}
_NAMES: Final = {"en": "English", "ru": "Русский"}
_PAGE: Final = """<!doctype html>
<html lang="{lang}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <meta name="robots" content="noindex">
  <title>{title} · simbank</title>
  <link rel="icon" href="{up}static/favicon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="{up}static/login.css">
  <script src="{up}static/theme.js"></script>
  <script src="{up}static/login.js" defer></script>
</head>
<body>
  <main>
    <header>
      <h1>simbank-agent</h1>
      <nav aria-label="{language}">{languages}</nav>
    </header>
    <form method="post" action="{up}login">
      <label for="token">{token}</label>
      <input id="token" name="token" type="password" autocomplete="current-password" autocapitalize="none"
        spellcheck="false" required autofocus aria-describedby="{described}">
      {problem}<p id="where">{where}</p>
      <input type="hidden" name="next" value="{back}">
      <input type="hidden" name="lang" value="{lang}">
      <button>{enter}</button>
    </form>
  </main>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the form is shown again: a wrong token, or the seconds to wait after too many of them."""

    wait_s: float = 0.0

    @property
    def seconds(self) -> int:
        """Whole seconds to wait."""
        return math.ceil(self.wait_s)

    def text(self, lang: str) -> str:
        """Return the sentence for people."""
        texts = translation(lang)
        if not self.wait_s:
            return texts.gettext("This is not the token.")
        return texts.gettext("Too many wrong tokens. Try again in {n} s.").format(n=self.seconds)


def accepted_language(chosen: str | None, accepted: str | None) -> str:
    """Return the language that was chosen, else the one of both that the browser likes more, else English."""
    if chosen in LANGUAGES:
        return chosen
    likings = {lang: _liking(accepted or "", lang) for lang in LANGUAGES}
    return "ru" if likings["ru"] > likings["en"] else "en"


def _liking(accepted: str, lang: str) -> float:
    """Return how much the browser likes it, 0 to 1, by its Accept-Language (RFC 9110 §12.5.4)."""
    best = 0.0
    for entry in accepted.lower().split(","):
        tag, *parameters = (part.strip() for part in entry.split(";"))
        quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        if tag.partition("-")[0] == lang and quality.replace(".", "", 1).isdecimal():
            best = max(best, min(1.0, float(quality)))
    return best


def login_form(*, lang: str, up: str, back: str, problem: Problem | None) -> str:
    """Return the page. `up` leads to the folder of the page, `back` from there to what was asked for."""
    problem_line = f'<p id="problem" role="alert">{problem.text(lang)}</p>\n      ' if problem else ""
    return _PAGE.format(
        lang=lang,
        up=up,
        back=escape(back),
        problem=problem_line,
        described="problem where" if problem else "where",
        languages=" ".join(_switch(one, lang, up, back) for one in LANGUAGES),
        **{key: escape(translation(lang).gettext(text)) for key, text in _TEXTS.items()},
    )


def _switch(one: str, lang: str, up: str, back: str) -> str:
    link = escape(f"{up}login?lang={one}&next={quote(back, safe='')}")
    current = ' aria-current="true"' if one == lang else ""
    return f'<a href="{link}" lang="{one}" hreflang="{one}"{current}>{_NAMES[one]}</a>'
