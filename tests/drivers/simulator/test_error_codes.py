import pytest

from drivers.simulator.error_codes import FinalText, Refusal, refusal


@pytest.mark.parametrize(
    ("written", "kind", "code"), [("ERROR", "", 0), ("CME 10", "CME", 10), ("CMS 310", "CMS", 310)]
)
def test_a_personality_writes_refusals_in_short(written, kind, code):
    read = refusal(written)
    assert isinstance(read, Refusal)
    assert (read.kind, read.code) == (kind, code)


def test_any_other_text_is_the_final_result():
    read = refusal("COMMAND NOT SUPPORT")
    assert isinstance(read, FinalText)
    assert read.text == "COMMAND NOT SUPPORT"


def test_codes_have_the_words_of_the_standard():
    assert Refusal("CME", 14).words == "SIM busy"
    assert Refusal("CMS", 310).words == "SIM not inserted"
