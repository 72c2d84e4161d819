import time

from drivers.simulator.port import SENTENCE


async def test_answers_come_after_the_latency_one_at_a_time(talk):
    _, client = await talk(latency=0.02)
    start = time.monotonic()
    client.write(b"AT\r" * 5)
    await client.until(lambda got: got.count(b"OK") == 5)
    assert time.monotonic() - start >= 0.1


async def test_a_module_has_the_latency_of_its_personality_when_none_is_given(modules):
    assert (await modules("E1550", latency=None)).state.latency == 0.020


async def test_characters_are_echoed_as_they_are_typed(modules, opened):
    client = opened((await modules(latency=0.01)).path)
    for character in b"AT":
        client.write(bytes([character]))
        await client.until(lambda got: len(got) == 1)
    client.write(b"\r")
    assert await client.hears("OK") == b"\r\r\nOK\r\n"


async def test_ehs5_sends_text_and_final_result_in_two_reads(talk):
    _, client = await talk("EHS5")
    client.write(b"AT+CGMM\r")
    assert await client.until(lambda got: got) == b"\r\nEHS5-E\r\n"
    assert await client.hears("OK") == b"\r\nOK\r\n"


async def test_ports_that_are_not_at_never_answer(modules, opened):
    module = await modules("EC25", ports=[("x", "diag", None), ("y", "nmea", None), ("z", "at", None)])
    diagnostics, positions, _ = (opened(port.path) for port in module.ports)
    diagnostics.write(b"AT\r")
    await diagnostics.hears_nothing()
    positions.write(b"AT\r")
    await positions.hears(SENTENCE.decode())
    assert b"OK" not in positions.got


async def test_urcs_of_quectel_go_to_one_port(modules, opened):
    module = await modules("EC25", ports=[("a", "at", None), ("b", "at", None)])
    first, second = (opened(port.path) for port in module.ports)
    module.send_urc("+QIND: PB DONE")
    await first.hears("PB DONE")
    await second.hears_nothing()


async def test_urcs_may_come_between_a_question_and_its_answer(talk):
    module, client = await talk(latency=0.02)
    client.write(b"AT\r")
    module.send_urc("+CREG: 2")
    assert await client.hears("OK") == b"\r\n+CREG: 2\r\n\r\nOK\r\n"
