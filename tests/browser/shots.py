"""`make shots`: pictures of the page in each of its states, and one sheet to look at them all.

They go into build/shots: one PNG for each state, width, theme and language, and index.html. Widths are 390, 768, 1280
and 1920; a picture shows the whole page, but at most four screens of it.

States marked * are taken at every width in both themes and both languages. For the others eight pictures tell what
there is to see: each width in each language, the theme alternating. So that a state can be looked at again while it is
being mended: `make shots ARGS="64 drawer"`. No agent runs: the real status server shows a made-up bank whose clock
stands still, so that two runs give the same pictures where nothing changed.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import itertools
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, Page

from tests.browser.chromium import started_chromium
from tests.browser.states import LANGUAGES, STATES, THEMES, Language, State, Theme, shown

FOLDER: Final = Path("build/shots")
SCREENS: Final = {390: 844, 768: 1024, 1280: 800, 1920: 1080}
"""Each width, and the height of such a screen."""
SCREENS_SHOWN: Final = 4
IN_FULL: Final = frozenset({"64", "drawer", "table"})
"""States of which every combination is taken: they have each part of the page."""


@dataclass(frozen=True)
class Shot:
    """One picture."""

    state: str
    width: int
    theme: Theme
    language: Language

    @property
    def file(self) -> str:
        """Its name."""
        return f"{self.state}-{self.width}-{self.theme}-{self.language}.png"


def shots_of(state: str) -> Iterator[Shot]:
    """Say which pictures a state gets."""
    for (at, width), language, theme in itertools.product(enumerate(SCREENS), LANGUAGES, THEMES):
        if state in IN_FULL or (at + LANGUAGES.index(language) + THEMES.index(theme)) % 2 == 0:
            yield Shot(state, width, theme, language)


async def take(page: Page, shot: Shot, folder: Path) -> None:
    """Take one picture of the page as it is."""
    height = SCREENS[shot.width]
    await page.set_viewport_size({"width": shot.width, "height": height})
    await page.emulate_media(color_scheme=shot.theme, reduced_motion="reduce")
    whole = await page.evaluate(
        "document.querySelector('dialog[open]') ? 0 : document.documentElement.scrollHeight"
    )
    clip = {"x": 0, "y": 0, "width": shot.width, "height": min(max(whole, height), SCREENS_SHOWN * height)}
    file = folder / shot.file
    await page.screenshot(path=file, full_page=True, clip=clip, caret="hide", animations="disabled")


async def take_all(browser: Browser, state: State, folder: Path) -> list[Shot]:
    """Take the pictures of a state: one visit for each language."""
    wanted = list(shots_of(state.name))
    for language in LANGUAGES:
        async with shown(browser, state, language) as page:
            for shot in wanted:
                if shot.language == language:
                    await take(page, shot, folder)
    return wanted


def sheet(taken: Sequence[Shot]) -> str:
    """Return the page that shows all of them, as HTML."""
    parts = []
    for name, group in itertools.groupby(taken, lambda shot: shot.state):
        pictures = "".join(
            f'<a href="{shot.file}"><img src="{shot.file}" loading="lazy" alt="" width="{shot.width // 4 + 60}">'
            f"<br>{shot.width} {shot.theme} {shot.language}</a>"
            for shot in group
        )
        parts.append(f"<h2>{html.escape(name)}: {html.escape(STATES[name].what)}</h2><p>{pictures}</p>")
    style = (
        "body{font:14px sans-serif;margin:1rem;background:#ccc}a{color:#000;text-decoration:none}"
        "p{display:flex;flex-wrap:wrap;gap:12px;align-items:start}img{border:1px solid #888}"
    )
    return f"<!doctype html><meta charset=utf-8><title>The page</title><style>{style}</style>{''.join(parts)}"


async def main() -> int:
    """Take the chosen pictures."""
    states = "; ".join(
        f"{name}{'*' if name in IN_FULL else ''}, {state.what}" for name, state in STATES.items()
    )
    parser = argparse.ArgumentParser(
        prog="make shots",
        description=__doc__,
        epilog=f"States: {states}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("states", nargs="*", choices=[[], *STATES], metavar="STATE", help="all without any")
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"where they go, {FOLDER} without it")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    began, taken = time.monotonic(), []
    async with started_chromium() as browser:
        for name in chosen.states or STATES:
            taken += await take_all(browser, STATES[name], chosen.folder)
            print(f"{name}: {STATES[name].what}", flush=True)
    (chosen.folder / "index.html").write_text(sheet(taken))
    print(f"{len(taken)} pictures in {time.monotonic() - began:.0f} s: {chosen.folder / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
