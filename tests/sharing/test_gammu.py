"""gammu on a shared port: everything works as on a port of its own, while the agent polls."""

from __future__ import annotations

import asyncio

import pytest
from missing import need
from shared_bank import run, shared_bank


@pytest.fixture(autouse=True)
def there():
    need("gammu")


def gammu(bank, folder, name="Port1"):
    rc = folder / f"gammurc-{name}"
    rc.write_text(f"[gammu]\ndevice = {bank.path(name)}\nconnection = at115200\nsynchronizetime = no\n")
    return ("gammu", "-c", str(rc))


@pytest.mark.parametrize("personality", ["SIM800", "E1550"])
async def test_identify_shows_the_module_and_its_sim(tmp_path, client_sends, personality):
    async with shared_bank(tmp_path, (personality,), client_sends=client_sends) as bank:
        ran = await run(*gammu(bank, tmp_path), "identify")
        module = bank.modules["Port1"]
        assert ran.code == 0, ran.text
        assert module.state.imei in ran.text
        assert module.state.card.imsi in ran.text
        bank.assert_nobody_fell()
        bank.assert_ours_only_asks()


async def test_monitor_shows_the_network_and_an_incoming_message(tmp_path, client_sends):
    async with shared_bank(tmp_path, ("SIM800",), client_sends=client_sends) as bank:
        bank.modules["Port1"].receive_message("+46701740001", "hello from far")
        ran = await run(*gammu(bank, tmp_path), "monitor", "1", within=60)
        assert "Network state" in ran.text, ran.text
        assert "IMSI" in ran.text or "SIM" in ran.text
        bank.assert_nobody_fell()
        bank.assert_ours_only_asks()


async def test_all_messages_are_listed_whole(tmp_path, client_sends):
    async with shared_bank(tmp_path, ("EC25",), client_sends=client_sends) as bank:
        texts = [f"message number {n} " + "x" * n for n in range(12)]
        for text in texts:
            bank.modules["Port1"].receive_message("+46701740001", text)
        ran = await run(*gammu(bank, tmp_path), "getallsms")
        assert ran.code == 0, ran.text
        assert [text for text in texts if text not in ran.text] == []
        bank.assert_nobody_fell()


async def test_a_message_is_sent_in_pdu_mode_and_arrives_unchanged(tmp_path, client_sends):
    async with shared_bank(tmp_path, ("SIM800",), client_sends=client_sends) as bank:
        ran = await run(*gammu(bank, tmp_path), "sendsms", "TEXT", "+46701740009", text=b"one two three\n")
        assert ran.code == 0, ran.text
        (sent,) = bank.modules["Port1"].state.messages.sent
        assert sent.address == "+46701740009"
        bank.assert_nobody_fell()
        bank.assert_ours_only_asks()


async def test_several_clients_on_several_modules_do_not_mix(tmp_path, client_sends):
    async with shared_bank(tmp_path, ("SIM800", "EC25", "SIM900"), client_sends=client_sends) as bank:
        ran = await asyncio.gather(*(run(*gammu(bank, tmp_path, name), "identify") for name in bank.modules))
        for one, module in zip(ran, bank.modules.values(), strict=True):
            assert module.state.imei in one.text, one.text
        bank.assert_nobody_fell()
        bank.assert_ours_only_asks()
