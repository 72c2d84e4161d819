"""What is wrong with a text, as the detail of a verdict."""

import pytest

from agent.formats.number_fault import Fault, Objection
from agent.numbers.rejected import rejected, rejected_text


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("line", [0, 9])
def test_becomes_a_sentence_that_says_where_to_correct_it(fault, line):
    objection = Objection(fault, "\u200b" if fault is Fault.CHARACTER else "")
    detail = rejected("070 [1]", objection, line)
    for language, place in (("en", "sims_file"), ("ru", "sims_file")):
        sentence = rejected_text(detail, language)
        assert sentence.startswith("070 [1] ")
        assert f" {objection.message(language)}; " in sentence
        assert place in sentence
        assert ("9" in sentence) == bool(line)


@pytest.mark.parametrize("detail", ["", "123", "123 [no_such]", "+46701740000 (Onlinesim: ERROR_DATE)"])
def test_another_detail_is_none_of_these(detail):
    assert rejected_text(detail) is None
