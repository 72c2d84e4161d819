"""Which language is spoken, and that English costs nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from agent import language
from agent.language import language_of, translation, use_language
from tests.language.speaking import speaking


@pytest.mark.parametrize(
    ("environment", "spoken"),
    [
        ({}, "en"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "ru"}, "ru"),
        ({"LANG": "RU_ru.KOI8-R"}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "ru_RU.UTF-8", "LC_MESSAGES": "C"}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": ""}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "sv_SE.UTF-8", "LANGUAGE": "sv:ru:en"}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "LANGUAGE": "en:ru"}, "en"),
        ({"LANG": "ru_RU.UTF-8", "LANGUAGE": "sv"}, "ru"),
        ({"LANG": "C", "LANGUAGE": "ru"}, "en"),
        ({"LANGUAGE": "ru"}, "en"),
        ({"LANG": "run"}, "en"),
    ],
)
def test_the_locale_chooses_as_gettext_does(environment, spoken):
    assert language_of(environment) == spoken


def test_both_languages_can_be_had_at_once():
    assert translation("en").gettext("no SIM") == "no SIM"
    assert translation("en").ngettext("{n} SIM", "{n} SIMs", 2) == "{n} SIMs"
    assert (
        translation("ru").gettext("a text that nobody has translated") == "a text that nobody has translated"
    )
    assert translation("ru").gettext("") == ""


def test_the_process_speaks_what_its_command_line_chose():
    with speaking("en"):
        use_language("ru")
        assert language.current_language() == "ru"
        assert language.ngettext("{n} Zebra", "{n} Zebras", 1) == "{n} Zebra"


def test_english_reads_no_catalogue():
    code = (
        "import sys, agent.language as l; l.use_language('en'); l._('a'); l.ngettext('a', 'b', 2)\n"
        "assert 'gettext' not in sys.modules, 'gettext'"
    )
    subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{code}"], check=True
    )
