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


async def test_silence_during_identification_does_not_prove_that_it_is_not_a_modem_and_the_next_poll_completes_it() -> (
    None
):
    seen = see()
    seen.script.mute.add("ATI")

    identity = await seen.module.identify()
    seen.script.mute.clear()
    observation = await seen.poll()

    assert identity.model is None
    assert observation.complete
    assert observation.identity is not None
    assert observation.identity.model == "EC25"
    assert observation.driver == "quectel-4g"


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

    assert {0.5, 1.0} == {round(timeout or 0, 3) for timeout in seen.link.timeouts}
