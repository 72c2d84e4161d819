"""A real program of the trade talks to simulated modules."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from missing import need

from drivers.simulator.personality import names

REFUSED = {
    "MC55": "gammu waits for the line feed that this module leaves out after OK",
    "Q2406": "gammu takes the refused +CGMR for a phone without identification, and +CPIN has no OK",
}
"""Personalities with which gammu is not content, and why; the modules are like that."""
WITHOUT_IMEI = {"A6"}
"""It refuses +CGSN, and gammu knows no other question."""


@pytest.fixture(autouse=True)
def there():
    need("gammu")


async def run_gammu(tmp_path, path, *arguments):
    config = tmp_path / f"gammurc-{Path(path).name}"
    config.write_text(f"[gammu]\ndevice = {path}\nconnection = at115200\n")
    process = await asyncio.create_subprocess_exec(
        "gammu",
        "-c",
        str(config),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), 45)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, output.decode()


async def identified(modules, tmp_path, name):
    module = await modules(name)
    code, output = await run_gammu(tmp_path, module.path, "identify")
    assert code == 0, output
    fields = dict(re.findall(r"^(\S[^:]*?) *: (.*)$", output, re.MULTILINE))
    assert fields["SIM IMSI"] == module.state.card.imsi
    if name not in WITHOUT_IMEI:
        assert fields["IMEI"] == module.state.imei


async def test_gammu_identifies_modules(modules, tmp_path):
    async with asyncio.TaskGroup() as group:
        for name in ("SIM800", "EC25", "E1550"):
            group.create_task(identified(modules, tmp_path, name))


@pytest.mark.gammu_all
@pytest.mark.parametrize("name", sorted(set(names()) - set(REFUSED)))
async def test_gammu_identifies_every_module_that_it_can_handle(modules, tmp_path, name):
    await identified(modules, tmp_path, name)


@pytest.mark.gammu_all
@pytest.mark.parametrize("name", REFUSED)
async def test_gammu_is_not_content_with_these(modules, tmp_path, name):
    module = await modules(name)
    try:
        code, _ = await run_gammu(tmp_path, module.path, "identify")
    except TimeoutError:
        return
    assert code != 0


@pytest.mark.gammu_all
async def test_gammu_reads_and_sends_messages(modules, tmp_path):
    module = await modules("EC25")
    module.receive_message("+46701740699", "hello from outside")
    code, output = await run_gammu(tmp_path, module.path, "getallsms")
    assert code == 0
    assert "hello from outside" in output
    code, output = await run_gammu(tmp_path, module.path, "sendsms", "TEXT", "+46701740611", "-text", "hi")
    assert code == 0, output
    assert [message.address for message in module.state.messages.sent] == ["+46701740611"]
