import pytest

from drivers.simulator import SimulatedBank
from drivers.simulator.console import VERBS, execute


@pytest.fixture
async def bank(stack):
    return await stack.enter_async_context(SimulatedBank(modules=4, slots=16, latency=0, speed=500))


def done(bank, line):
    events = execute(bank, line)
    assert events[-1]["event"] == "done", events
    return events


def truth(bank, which=1):
    return bank.module(which).truth()


SENTENCES = {
    "pull 1": lambda t: not t["sim_present"],
    "pull 1 quiet": lambda t: not t["sim_present"],
    "insert 1": lambda t: t["sim"] == "starting",
    "pin 1": lambda t: t["sim"] == "pin",
    "puk 1": lambda t: t["sim"] == "puk",
    "unlock 1": lambda t: t["sim"] == "ready",
    "deny 1": lambda t: t["stat"] == 3,
    "search 1": lambda t: t["stat"] == 2,
    "register 1": lambda t: t["stat"] == 1,
    "roam 1": lambda t: t["stat"] == 5,
    "sms-only 1": lambda t: t["stat"] == 6 and t["registered"],
    "data-only 1": lambda t: not t["registered"],
    "emergency 1": lambda t: t["stat"] == 8,
    "reboot 1": lambda t: not t["answers"],
    "row 1": lambda t: not t["sim_present"],
    "number 1 0701740611": lambda t: t["stored_number"] == "0701740611",
    "number 1": lambda t: t["stored_number"] == "",
    "busy 1": lambda t: t["sim"] == "busy",
    "hang 1": lambda t: t["faults"] == ["hang"],
    "fault 1 silent": lambda t: t["faults"] == ["silent"],
    "fault Port1 slow 0.5s on": lambda t: t["faults"] == ["slow"],
    "fault 1 half once": lambda t: t["faults"] == ["half"],
}


@pytest.mark.parametrize(("line", "check"), SENTENCES.items())
async def test_each_command_does_what_its_help_promises(bank, line, check):
    done(bank, line)
    assert check(truth(bank))


async def test_swaps_and_doubles(bank):
    done(bank, "swap 1")
    assert bank.module(1).life.card is bank.cards[4]
    done(bank, "swap 1 15")
    assert bank.module(1).life.card is bank.cards[15]
    done(bank, "same-sim 2 1")
    done(bank, "clone-imei 2 1")
    done(bank, "same-number 3 1")
    assert truth(bank, 2)["iccid"] == truth(bank, 1)["iccid"]
    assert truth(bank, 2)["imei"] == truth(bank, 1)["imei"]
    assert truth(bank, 3)["number"] == truth(bank, 1)["number"]


async def test_faults_end(bank):
    done(bank, "fault 1 silent on")
    done(bank, "fault 1 silent off")
    done(bank, "busy 2")
    done(bank, "busy 2 off")
    done(bank, "hang 3")
    done(bank, "unhang 3")
    assert all(facts["faults"] == [] for facts in bank.truth().values())
    done(bank, "fault 1 flood")
    done(bank, "faults off")
    assert truth(bank)["faults"] == []


async def test_ports_are_listed_again_when_they_move(bank):
    events = done(bank, "unplug 2")
    assert events[0]["event"] == "ports"
    assert [port["module"] for port in events[0]["ports"]] == ["Port1", "Port3", "Port4"]
    assert len(done(bank, "replug 2")[0]["ports"]) == 4


async def test_truth_ports_sent_and_help_answer(bank):
    assert set(done(bank, "truth")[-1]["truth"]) == {"Port1", "Port2", "Port3", "Port4"}
    assert len(done(bank, "ports")[-1]["ports"]) == 4
    assert done(bank, "sent 1")[-1]["sent"] == []
    told = done(bank, "help")[-1]
    assert [line.split()[0].rstrip(":") for line in told["help"]] == list(VERBS)
    assert "silent" in told["faults"]


async def test_messages_urcs_and_calls_come_in(bank, opened):
    client = opened(bank.module(1).path)
    await client.ask("ATE0")
    await client.ask("AT+CNMI=2,1,0,0,0")
    done(bank, "sms 1 +46701740699 hello there")
    await client.hears("+CMTI")
    done(bank, "urc 1 +CREG: 2")
    await client.hears("\r\n+CREG: 2\r\n")
    done(bank, "ring 1 +46701740699")
    await client.hears("RING")
    await client.ask("ATD*99#")
    done(bank, "hangup 1")
    await client.hears("NO CARRIER")


async def test_a_fixed_rate_can_be_set_and_taken_back(bank):
    done(bank, "baud 1 9600")
    assert bank.module(1).state.baudrate == 9600
    done(bank, "baud 1 any")
    assert bank.module(1).state.baudrate == 0


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("dance", "no such command"),
        ("pull", "expected: pull N [quiet]"),
        ("pull 1 softly", "quiet"),
        ("pull 1 quiet now", "expected"),
        ("pull 99", "no such module"),
        ("pull Nobody", "no such module"),
        ("swap 1 999", "0 to 15"),
        ("swap 1 x", "0 to 15"),
        ("row 9", "0 to 3"),
        ("row -1", "0 to 3"),
        ("fault 1 sunspots", "no such fault"),
        ("fault 1 slow soon", "seconds"),
        ("fault 1 slow -1", "0 to 3600"),
        ("faults on", "faults off"),
        ("busy 1 maybe", "on, off"),
        ("baud 1 fast", "a number"),
        ("truth now", "expected: truth"),
        ("clone-imei 1", "expected"),
    ],
)
async def test_a_bad_command_changes_nothing_and_names_what_was_expected(bank, line, text):
    before = bank.truth()
    events = execute(bank, line)
    assert [event["event"] for event in events] == ["error"]
    assert text in events[0]["text"]
    assert bank.truth() == before


async def test_a_number_needs_a_card_to_stand_on(bank):
    done(bank, "pull 1")
    assert "no SIM" in execute(bank, "number 1 +46")[0]["text"]


async def test_a_full_memory_is_an_error_of_the_command(bank):
    for _ in range(20):
        done(bank, "sms 1 +46701740699 x")
    assert execute(bank, "sms 1 +46701740699 x")[0]["event"] == "error"
