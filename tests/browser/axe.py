"""axe-core from npm, which holds a page against WCAG 2.2 AA."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from missing import missing
from playwright.async_api import Page

TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
OPTIONS: Final = {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"target-size": {"enabled": True}},  # of WCAG 2.2, which axe asks for only where it is told to
    "resultTypes": ["violations"],
}
SCRIPT: Final = Path(sys.prefix) / "npm" / "node_modules" / "axe-core" / "axe.min.js"


@dataclass(frozen=True)
class Violation:
    """One rule that one element breaks."""

    rule: str
    element: str
    why: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.element}: {self.why}"


async def violations(page: Page) -> list[Violation]:
    """Return what the page breaks, as it is now; ends the test where axe-core is not installed."""
    if not SCRIPT.is_file():
        missing("needs axe-core from npm: .ci/npm puts it into the virtual environment")
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(SCRIPT.read_text())
    found: dict[str, Any] = await page.evaluate("options => axe.run(document, options)", OPTIONS)
    assert found["passes"] or found["inapplicable"], "axe looked at nothing"
    return [
        Violation(rule["id"], node["html"][:160], node["failureSummary"].replace("\n", " "))
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
