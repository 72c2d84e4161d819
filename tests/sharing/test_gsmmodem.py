"""python-gsmmodem on a shared port: echo, numbered errors, registration URCs and text mode, as it sets them."""

from __future__ import annotations

import asyncio
import sys

import pytest
from shared_bank import run, shared_bank

pytest.importorskip("gsmmodem", reason="python-gsmmodem-new comes with the dev extra")

SCRIPT = """
import sys, time
from gsmmodem.modem import GsmModem

got = []
modem = GsmModem(sys.argv[1], 115200, smsReceivedCallbackFunc=lambda sms: got.append(sms.text))
modem.smsTextMode = sys.argv[2] == "text"
modem.connect()
print("imei", modem.imei, "imsi", modem.imsi, "signal", modem.signalStrength, "network", modem.networkName)
print("manufacturer", modem.manufacturer)
for n in range(3):
    modem.sendSms("+46701740009", f"text {n} in {sys.argv[2]} mode", waitForDeliveryReport=False)
end = time.monotonic() + 10
while not got and time.monotonic() < end:
    time.sleep(0.05)
print("received", got)
modem.close()
"""


async def bring(module):
    """A message comes in once the client has sent its own: it loses URCs that come within an answer, anywhere."""
    async with asyncio.timeout(60):
        while len(module.state.messages.sent) < 3:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.5)
    module.receive_message("+46701740001", "hello from far")


@pytest.mark.parametrize("mode", ["text", "pdu"])
async def test_it_connects_asks_sends_and_reads(tmp_path, client_sends, mode):
    script = tmp_path / "client.py"
    script.write_text(SCRIPT)
    async with shared_bank(tmp_path, ("SIM800",), client_sends=client_sends) as bank:
        module = bank.modules["Port1"]
        bringing = asyncio.create_task(bring(module))
        ran = await run(sys.executable, "-W", "ignore", str(script), bank.path(), mode)
        assert ran.code == 0, ran.text
        assert f"imei {module.state.imei} imsi {module.state.card.imsi}" in ran.text
        await bringing
        assert "received ['hello from far']" in ran.text
        assert len(module.state.messages.sent) == 3
        before = bank.service.bank.members["Port1"].complete.at
        await asyncio.sleep(0.6)
        after = bank.service.bank.members["Port1"].complete
        assert after.at > before, "what it set for itself does not change what we read"
        assert after.iccid == module.state.card.iccid
        bank.assert_nobody_fell()
        bank.assert_ours_only_asks()
