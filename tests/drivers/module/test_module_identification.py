"""Identification of a module, in whatever state its port was left."""

from __future__ import annotations

import pytest

from drivers.errors import NoAnswer
from drivers.vendors import by_name
from tests.drivers.module.seen import see, settled


@pytest.mark.parametrize(
    ("echo", "verbose", "quiet"),
    [(True, True, False), (False, False, False), (True, False, True), (False, True, True)],
)
async def test_a_module_left_in_any_mode_is_understood(echo: bool, verbose: bool, quiet: bool) -> None:
    seen = see()
    seen.script.echo, seen.script.verbose, seen.script.quiet = echo, verbose, quiet

    identity = await seen.module.identify()

    assert (identity.manufacturer, identity.model, identity.imei) == ("Quectel", "EC25", "861234000000079")


async def test_settings_refused_together_are_made_one_by_one() -> None:
    seen = see()
    seen.script.set_reply("ATE0V1Q0", "ERROR")

    await seen.module.identify()

    assert seen.asked[:4] == ["ATE0V1Q0", "ATE0", "ATV1", "ATQ0"]


async def test_what_never_answers_is_asked_twice_and_left() -> None:
    seen = see()
    seen.script.dead = True

    with pytest.raises(NoAnswer):
        await seen.module.identify()

    assert seen.asked == [
        "ATE0V1Q0"
    ]  # the second try begins with bringing the link in step, which fails here


async def test_a_module_that_falls_silent_during_identification_is_identified_by_the_next_poll() -> None:
    seen = see()
    hear = seen.script.hear

    def until_ati(data: bytes) -> bytes:
        seen.script.dead = seen.script.dead or data == b"ATI\r"
        return hear(data)

    seen.script.hear = until_ati
    identity = await seen.module.identify()
    seen.script.hear, seen.script.dead = hear, False
    observation = await seen.poll()

    assert identity.model is None
    assert observation.complete
    assert observation.identity is not None
    assert observation.identity.model == "EC25"
    assert observation.driver == "quectel-4g"


async def test_silence_to_ati_leaves_the_other_questions_for_the_name() -> None:
    seen = see()
    seen.script.mute.add("ATI")

    observation = await seen.poll()

    assert observation.complete
    assert observation.driver == "quectel-4g"


PARROTS = {
    "marlin": lambda text: f'echo:Unknown command: "{text}"\nok\n',
    "quiet": lambda text: "ok\r\n",
    "upper case": lambda text: "\r\nOK\r\n",
    "wordy": lambda text: f"Unknown command: {text[2:]}\r\nTry help\r\nok\r\n",
    "echoing": lambda text: f"{text}\r\nok\r\n",
    "doubled": lambda text: "ok\r\nok\r\n",
    "refusing with a code": lambda text: "\r\n+CME ERROR: 4\r\n",
    "refusing": lambda text: "\r\nERROR\r\n",
    "shell": lambda text: f"sh: {text}: not found\r\n# ",
    "error and ok": lambda text: f"error: {text}\nok\n",
    "numbered": lambda text: "ok N1 P15 B3\n",
}


@pytest.mark.parametrize("parrot", PARROTS)
async def test_what_answers_every_line_alike_is_no_modem_after_few_questions(parrot: str) -> None:
    seen = see()
    asked: list[str] = []

    def hear(data: bytes) -> bytes:
        text = data.decode().strip()
        asked.append(text)
        return PARROTS[parrot](text).encode()

    seen.script.hear = hear

    with pytest.raises(NoAnswer):
        await seen.module.identify()

    questions = [text for text in asked if text != "ATQ0"]
    assert len(questions) <= 12
    assert seen.module.identity is None


async def test_a_module_that_never_identifies_itself_is_asked_for_its_sim_all_the_same() -> None:
    seen = see("generic-qualcomm")
    seen.script.mute.add("ATI")

    polls = [await seen.poll() for _ in range(4)]

    assert polls[-1].iccid == "8946120000005000263"
    assert "ATI" not in seen.asked


async def test_a_vendor_that_is_named_leaves_the_family_to_the_module() -> None:
    seen = see("simcom-sim7600", dialect=by_name("simcom"))

    assert (await seen.poll()).driver == "simcom-4g"


async def test_a_family_that_is_named_is_taken() -> None:
    seen = see("generic-qualcomm", dialect=by_name("zte"))

    assert (await seen.poll()).driver == "zte"


async def test_timeouts_follow_the_configured_answer_timeout() -> None:
    seen = await settled(answer_timeout=0.5)

    assert {round(timeout or 0, 3) for timeout in seen.link.timeouts} <= {0.5, 1.0}
