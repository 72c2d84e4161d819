"""docs/troubleshooting.md and its Russian twin as the pages that the agent itself serves: a host may have no internet.

`make texts` writes them. Links to other documents become their text, as these are not served.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.docs.pages import DOCS, ROOT, anchor_of

WEB: Final = ROOT / "agent/status/web"
PAGES: Final = {"en": "troubleshooting", "ru": "troubleshooting.ru"}
NOT_ON_ACCOUNT: Final = ("A reported number is not on the account", "Номера из отчёта нет в учётной записи")
"""The section that advice about such a number points to."""
_PAGE: Final = """<!doctype html>
<!-- Made by `make texts` from docs/{name}.md. -->
<html lang="{lang}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>simbank-agent: {title}</title>
  <link rel="icon" href="favicon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="style.css">
  <link rel="stylesheet" href="document.css">
  <script src="theme.js"></script>
</head>
<body class="document">
{body}</body>
</html>
"""


def help_pages() -> dict[Path, bytes]:
    """Return the pages that are served, as they must be."""
    return {WEB / f"{name}.html": _page(name, lang).encode() for lang, name in PAGES.items()}


def _page(name: str, lang: str) -> str:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse((DOCS / f"{name}.md").read_text(encoding="utf-8"))
    title = ""
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            text = tokens[at + 1].content
            title = title or text
            token.attrSet("id", _anchor(text))
        elif token.type == "inline":
            token.children = list(_without_links_away(token.children or []))
    body = markdown.renderer.render(tokens, markdown.options, {})
    return _PAGE.format(name=name, lang=lang, title=html.escape(title), body=body)


def _anchor(heading: str) -> str:
    """Return a reason's own name for its section, else what GitHub makes of the heading."""
    reason = re.match(r"`(\w+)`: ", heading)
    if reason is not None:
        return reason[1]
    return "not_on_account" if heading in NOT_ON_ACCOUNT else anchor_of(heading)


def _without_links_away(tokens: list[Token]) -> Iterator[Token]:
    away = False
    for token in tokens:
        if token.type == "link_open":
            target = unquote(str(token.attrGet("href")))
            name = target.removesuffix(".md")
            away = not target.startswith("#") and name not in PAGES.values()
            if name in PAGES.values():
                token.attrSet("href", f"{name}.html")
            if target.lstrip("#") in map(anchor_of, NOT_ON_ACCOUNT):
                token.attrSet("href", "#not_on_account")
        if not (away and token.type in {"link_open", "link_close"}):
            yield token
