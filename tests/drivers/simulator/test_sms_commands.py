import pytest

from drivers.simulator.lifecycle import SEARCHING
from drivers.simulator.messages import delivered

PDU = "0011000B916407710416F10000FF0EE8329BFD06CDDB73FAFBCD9E03"


async def test_a_message_is_sent_after_the_prompt_and_counted(talk):
    module, client = await talk()
    client.write(b"AT+CMGS=27\r")
    await client.until(lambda got: got.endswith(b"\r\n> "))
    assert await client.raw(PDU + "\x1a") == b"\r\n+CMGS: 1\r\n\r\nOK\r\n"
    assert module.truth()["messages_sent"] == 1
    assert module.state.messages.sent[0].address == "+46701740611"


async def test_the_body_may_follow_the_command_at_once(talk):
    module, client = await talk(latency=0.01)
    client.write(b"AT+CMGS=27\r" + PDU.encode() + b"\x1aAT\r")
    await client.hears("+CMGS: 1\r\n\r\nOK\r\n\r\nOK\r\n")
    assert len(module.state.messages.sent) == 1


async def test_escape_gives_a_message_up(talk):
    module, client = await talk()
    client.write(b"AT+CMGS=27\r")
    await client.hears("> ")
    assert await client.raw("half a body\x1b") == b"\r\nOK\r\n"
    assert module.state.messages.sent == []


async def test_a_wrong_length_is_refused(talk):
    _, client = await talk()
    client.write(b"AT+CMGS=20\r")
    await client.hears("> ")
    assert await client.raw(PDU + "\x1a") == b"\r\n+CMS ERROR: 304\r\n"


async def test_an_unregistered_module_sends_nothing(talk):
    module, client = await talk()
    module.life.set_network(SEARCHING)
    client.write(b"AT+CMGS=27\r")
    await client.hears("> ")
    assert await client.raw(PDU + "\x1a") == b"\r\n+CMS ERROR: 331\r\n"
    assert module.state.messages.sent == []


async def test_without_a_card_there_are_no_messages(talk):
    module, client = await talk()
    module.pull(quiet=True)
    assert await client.ask("AT+CMGL=4") == ["+CMS ERROR: 310"]


async def test_text_mode(talk):
    module, client = await talk()
    await client.ask("AT+CMGF=1")
    client.write(b'AT+CMGS="+46701740611"\r')
    await client.hears("> ")
    assert await client.raw("hello\x1a") == b"\r\n+CMGS: 1\r\n\r\nOK\r\n"
    assert (module.state.messages.sent[0].address, module.state.messages.sent[0].text) == (
        "+46701740611",
        "hello",
    )


async def test_a_message_that_comes_is_stored_announced_read_and_deleted(talk):
    module, client = await talk()
    module.receive_message("+46701740699", "quiet")
    await client.hears_nothing()
    await client.ask("AT+CNMI=2,1,0,0,0")
    module.receive_message("+46701740699", "hello")
    await client.hears('+CMTI: "SM",2')
    assert (await client.ask("AT+CPMS?"))[0] == '+CPMS: "SM",2,20,"SM",2,20,"SM",2,20'
    length = delivered("+46701740699", "hello").tpdu_length
    assert (await client.ask("AT+CMGR=2"))[0] == f"+CMGR: 0,,{length}"
    assert (await client.ask("AT+CMGR=2"))[0] == f"+CMGR: 1,,{length}"
    await client.ask("AT+CMGF=1")
    assert 'REC UNREAD","+46701740699"' in (await client.ask('AT+CMGL="ALL"'))[0]
    assert await client.ask("AT+CMGD=2") == ["OK"]
    assert await client.ask("AT+CMGR=2") == ["+CMS ERROR: 321"]
    assert await client.ask("AT+CMGD=1,4") == ["OK"]
    assert await client.ask('AT+CMGL="ALL"') == ["OK"]


async def test_memories_are_kept_apart(talk):
    module, client = await talk()
    module.receive_message("+46701740699", "hello")
    assert await client.ask('AT+CPMS="ME","SM"') == ["+CPMS: 0,20,1,20,1,20", "OK"]
    assert await client.ask("AT+CMGL=4") == ["OK"]
    assert await client.ask('AT+CPMS="XX"') == ["+CMS ERROR: 302"]


async def test_a_full_memory_takes_no_more(talk):
    module, _ = await talk()
    for _ in range(20):
        module.receive_message("+46701740699", "hello")
    with pytest.raises(Exception, match="CMS 322"):
        module.receive_message("+46701740699", "hello")


async def test_a_stored_message_is_sent(talk):
    module, client = await talk()
    client.write(b"AT+CMGW=27\r")
    await client.hears("> ")
    assert await client.raw(PDU + "\x1a") == b"\r\n+CMGW: 1\r\n\r\nOK\r\n"
    assert await client.ask("AT+CMSS=1") == ["+CMSS: 1", "OK"]
    assert len(module.state.messages.sent) == 1


async def test_urcs_wait_while_a_body_is_typed(talk):
    module, client = await talk()
    client.write(b"AT+CMGS=27\r")
    await client.hears("> ")
    module.send_urc("+CREG: 2")
    await client.hears_nothing()
    client.write(PDU.encode() + b"\x1a")
    assert await client.hears("+CREG: 2\r\n") == b"\r\n+CMGS: 1\r\n\r\nOK\r\n\r\n+CREG: 2\r\n"
