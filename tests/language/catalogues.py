"""The catalogues of agent/language: what the source says, what translators wrote, and what is made from both."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from agent.language.translation import DOMAINS
from tests.language.command_line import BANK, HELP, texts_of_bank, texts_of_help
from tests.language.page_source import flat, page_texts
from tests.language.source_texts import texts_of

ROOT = Path(__file__).parents[2]
PAGE = "page"
ALL_DOMAINS = (PAGE, *DOMAINS)
WEB = ROOT / "agent/status/web"
RUSSIAN = ROOT / "agent/language/ru/LC_MESSAGES"
ROOMS = {
    "agent/cli/": "cli",
    "agent/install/": "cli",
    "agent/backup/": "cli",
    "agent/sandbox/": "cli",
    "agent/check/": "check",
    "agent/config/": "config",
    "packaging/": "cli",
}
"""Whose texts are not in the domain `agent`."""
PLURALS = (
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"
)
HEADER = """\
# The Russian texts of simbank-agent, {domain}. Write into msgstr only, then run `make texts`.
# Forms of a number, by msgstr[0], [1] and [2]: 1 модуль, 2 модуля, 5 модулей.
# {{words}} in braces stay as they are; each of them must be in the Russian too.
"""


class Texts(Catalog):
    """A catalogue without dates and versions, so that equal texts are equal files."""

    def __init__(self, domain: str) -> None:
        super().__init__(locale="ru", domain=domain, fuzzy=False)

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """What the entry "" says."""
        return [
            ("Language", "ru"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", PLURALS),
        ]


def domain_of(file: str) -> str:
    """Return the catalogue that has the texts of a Python file."""
    return next((domain for room, domain in ROOMS.items() if file.startswith(room)), "agent")


def source_files() -> Iterator[tuple[str, Path]]:
    """Yield every Python file that may have texts, with its name within the project."""
    for top in ("agent", "drivers", "packaging"):
        for path in sorted((ROOT / top).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path


def texts_of_code() -> dict[str, Texts]:
    """Return what the Python files say, by domain, in the order of the files."""
    found = {domain: Texts(domain) for domain in DOMAINS}
    for name, path in source_files():
        for text in texts_of(path.read_bytes()):
            found[domain_of(name)].add(text, locations=[(name, 0)])
    for text in texts_of_help():
        found[domain_of(HELP)].add(text, locations=[(HELP, 0)])
    for text in texts_of_bank():
        found[domain_of(HELP)].add(text, locations=[(BANK, 0)])
    return found


def texts_of_page() -> Texts:
    """Return what the page says; the context of each text is its key."""
    found = Texts(PAGE)
    script = (WEB / "texts.js").read_text(encoding="utf-8")
    for key, text in sorted(flat(page_texts(script))):
        found.add(text if isinstance(text, str) else (text["one"], text["other"]), context=key)
    return found


def source_texts() -> dict[str, Texts]:
    """Return all that is to be translated, by domain."""
    return {PAGE: texts_of_page()} | texts_of_code()


def po_file(domain: str) -> Path:
    """Return where translators write."""
    return RUSSIAN / f"{domain}.po"


def translated(domain: str) -> Catalog:
    """Return what is written there; nothing, if there is no file yet."""
    if not po_file(domain).exists():
        return Texts(domain)
    with po_file(domain).open("rb") as file:
        return read_po(file, locale="ru", domain=domain, abort_invalid=True)


def updated(source: Texts, old: Catalog) -> Texts:
    """Return the source's texts with the translations that there are, in the source's order.

    A text that was only reworded keeps its translation, marked as fuzzy: somebody must look.
    """
    new = Texts(source.domain or "")
    known = {(one.context, one.id): one for one in old if one.id}
    wanted = {(one.context, one.id) for one in source}
    gone = [one for key, one in known.items() if key not in wanted]
    for one in source:
        if not one.id:
            continue
        was = known.get((one.context, one.id))
        before = was or reworded(one, gone)
        added = new.add(
            one.id,
            before.string if before is not None else None,
            locations=one.locations,
            flags=["fuzzy"] if before is not None and (was is None or was.fuzzy) else [],
            auto_comments=one.auto_comments,
            user_comments=before.user_comments if before is not None else (),
            context=one.context,
        )
        added.flags.discard("python-format")  # 80% is no %s
    return new


def reworded(text: Message, gone: list[Message]) -> Message | None:
    """Return the text that this one stands for now: that of the same key of the page, or one much like it."""
    alike = {
        first_form(one): one
        for one in gone
        if one.context == text.context and one.pluralizable == text.pluralizable
    }
    nearest = get_close_matches(first_form(text), alike, 1, 0.0 if text.context and len(alike) == 1 else 0.7)
    return alike[nearest[0]] if nearest else None


def first_form(text: Message) -> str:
    """Return the English for one."""
    return text.id if isinstance(text.id, str) else text.id[0]


def po_bytes(catalogue: Texts) -> bytes:
    """Return the file for translators."""
    out = io.BytesIO()
    catalogue.header_comment = HEADER.format(domain=catalogue.domain).rstrip("\n")
    write_po(out, catalogue, width=0, include_lineno=False, ignore_obsolete=True)
    return out.getvalue().rstrip(b"\n") + b"\n"


def mo_bytes(catalogue: Texts) -> bytes:
    """Return the file that the program reads."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def is_translated(text: Message) -> bool:
    """Whether a translator has written it, in every form, and nobody needs to look again."""
    forms = [text.string] if isinstance(text.string, str | None) else text.string
    return not text.fuzzy and all(forms)


def script_bytes(catalogue: Texts) -> bytes:
    """Return what the page loads: each key with its text, or its forms."""
    words = {one.context: one.string for one in catalogue if one.id and is_translated(one)}
    lines = ",\n".join(
        f"  {json.dumps(key)}: {json.dumps(text, ensure_ascii=False)}" for key, text in words.items()
    )
    head = "// The Russian of the page, made by `make texts` from agent/language/ru/LC_MESSAGES/page.po.\n\n"
    return f"{head}export const WORDS = {{\n{lines}\n}};\n".encode()


def compiled(catalogue: Texts) -> tuple[Path, bytes]:
    """Return what is made from a catalogue, and where it belongs."""
    if catalogue.domain == PAGE:
        return WEB / "texts.ru.js", script_bytes(catalogue)
    return RUSSIAN / f"{catalogue.domain}.mo", mo_bytes(catalogue)


def expected_files() -> dict[Path, bytes]:
    """Return every file that `make texts` writes, as it must be."""
    files = {}
    for domain, source in source_texts().items():
        catalogue = updated(source, translated(domain))
        files[po_file(domain)] = po_bytes(catalogue)
        path, content = compiled(catalogue)
        files[path] = content
    return files
