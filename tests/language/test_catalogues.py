"""`make texts`: nothing that translators wrote is lost, and what is new waits for them."""

from __future__ import annotations

import gettext
import io

import pytest

from tests.language.catalogues import Texts, mo_bytes, po_bytes, read_po, script_bytes, updated
from tests.language.page_source import flat, page_texts


def texts(*messages, domain="agent"):
    found = Texts(domain)
    for text, string, context in messages:
        found.add(text, string, context=context)
    return found


OLD = texts(
    ("no SIM", "нет SIM-карты", None), (("{n} SIM", "{n} SIMs"), ("{n} карта", "{n} карты", "{n} карт"), None)
)


def written(catalogue):
    return read_po(io.BytesIO(po_bytes(catalogue)), locale="ru")


def test_what_was_translated_stays():
    new = updated(texts(("no SIM", None, None), ("no network", None, None)), written(OLD))

    assert new.get("no SIM").string == "нет SIM-карты"
    assert not new.get("no network").string
    assert new.get(("{n} SIM", "{n} SIMs")) is None


def test_a_reworded_text_keeps_its_russian_until_somebody_has_looked():
    new = updated(texts(("no SIM card", None, None)), written(texts(("no SIM cards", "нет SIM-карт", None))))

    assert new.get("no SIM card").string == "нет SIM-карт"
    assert new.get("no SIM card").fuzzy
    assert written(new).get("no SIM card").fuzzy
    assert "нет SIM-карт".encode() not in mo_bytes(new)


def test_a_text_of_the_page_is_known_by_its_key():
    old = texts(("As a table", "Таблицей", "as-table"), ("Table", "Стол", "other"), domain="page")
    new = updated(texts(("Table", None, "as-table"), domain="page"), written(old))

    assert new.get("Table", "as-table").string == "Таблицей"
    assert new.get("Table", "as-table").fuzzy
    assert script_bytes(new).decode().endswith("export const WORDS = {\n\n};\n")


def test_files_have_neither_dates_nor_versions_and_are_read_as_they_were_written():
    assert po_bytes(OLD) == po_bytes(updated(OLD, written(OLD)))
    assert mo_bytes(OLD) == mo_bytes(written_as_texts(OLD))
    assert b"Date" not in po_bytes(OLD) + mo_bytes(OLD)
    assert b"Generated" not in po_bytes(OLD) + mo_bytes(OLD)


def written_as_texts(catalogue):
    return updated(catalogue, written(catalogue))


@pytest.mark.parametrize(
    ("n", "text"), [(1, "карта"), (2, "карты"), (5, "карт"), (11, "карт"), (21, "карта"), (0, "карт")]
)
def test_the_library_of_python_reads_them(n, text):
    read = gettext.GNUTranslations(io.BytesIO(mo_bytes(OLD)))

    assert read.ngettext("{n} SIM", "{n} SIMs", n).format(n=n) == f"{n} {text}"


def test_texts_of_the_page_have_keys():
    script = """
    // a comment
    export const TEXTS = {
      skip: "To the modules",  // another
      "states": { selling: "Selling \\"now\\"", },
      banners: { late: ["No report", "Down."] },
      n: { one: "{n} SIM", other: "{n} SIMs" },
    };
    """

    assert dict(flat(page_texts(script))) == {
        "skip": "To the modules",
        "states.selling": 'Selling "now"',
        "banners.late.0": "No report",
        "banners.late.1": "Down.",
        "n": {"one": "{n} SIM", "other": "{n} SIMs"},
    }


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("export const TEXTS = {\n a: 'x' };", r"texts.js:2: only"),
        ('export const TEXTS = { a: "x", a: "y" };', r"texts.js:1: 'a' stands here twice"),
        ("const TEXTS = {};", "has no"),
        ("export const TEXTS = { a: b };", "'b' is no text"),
    ],
)
def test_what_is_no_text_of_the_page_is_told_with_its_line(script, why):
    with pytest.raises(ValueError, match=why):
        page_texts(script)
