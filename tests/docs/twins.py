"""The documents that there are in Russian too, each with its English twin; and what has to be equal in both."""

from __future__ import annotations

import re

from tests.docs.pages import ALL, ROOT, Code, Page, quoted

TWINS = {path.with_name(path.name.replace(".ru.", ".")): path for path in ALL if path.name.endswith(".ru.md")}
"""The Russian document of each English one."""
CYRILLIC = re.compile("[А-Яа-яЁё]")
COMMENT = re.compile(r"(?:^|\s+)#.*$", re.MULTILINE)


def links_of(page: Page) -> list[str]:
    """Return where its links lead, but for the one to its twin: an anchor as the place of its heading."""
    found = []
    for link in page.links:
        if re.match(r"[a-z]+:", link):
            found.append(link)
            continue
        name, _, anchor = link.partition("#")
        target = (page.path.parent / name).resolve() if name else page.path
        english = target.with_name(target.name.replace(".ru.", "."))
        if english in TWINS and page.path in {english, TWINS[english]} and not anchor:
            continue
        place = Page(target).anchors.index(anchor) if anchor else ""
        found.append(f"{english.relative_to(ROOT)} {place}")
    return sorted(found)


def typed(page: Page) -> set[str]:
    """Return what stands in backticks and can be typed: ASCII."""
    return {text for text in quoted(page.prose) if re.fullmatch(r"[!-~… ]+", text)}


def table_sizes(page: Page) -> list[int]:
    """Return the rows of each table."""
    return [block.count("\n") for block in re.findall(r"(?m)(?:^\|.*\n)+", page.text)]


def first_difference(english: Code, russian: Code) -> str:
    """Return the first line that a reader would type or read differently; "" if there is none.

    Comments do not count; in a line with Cyrillic only what stands before it, without its spaces.
    """
    lines = [COMMENT.sub("", code.text).splitlines() for code in (english, russian)]
    if (english.language, len(lines[0])) != (russian.language, len(lines[1])):
        return f"{russian.language}, {len(lines[1])} lines"
    for ours, theirs in zip(*lines, strict=True):
        translated = CYRILLIC.search(theirs)
        same = (
            ours.rstrip() == theirs.rstrip()
            if translated is None
            else "".join(ours.split()).startswith("".join(theirs[: translated.start()].split()))
        )
        if not same:
            return theirs
    return ""


def unannounced(page: Page) -> list[str]:
    """Return the links to documents that there are in English only which do not say so.

    It is said behind the link, in its line or the next, or by the first word of the paragraph.
    """
    found = []
    for block in page.prose.split("\n\n"):
        for match in re.finditer(r"\]\(([^)\s:]+\.md)(?:#[^)]*)?\)([^\n|]*(?:\n[^\n|]+)?)", block):
            target = (page.path.parent / match[1]).resolve()
            english = target not in TWINS and not target.name.endswith(".ru.md")
            if english and "по-английски" not in match[2] and not block.startswith("По-английски:"):
                found.append(match[1])
    return found
