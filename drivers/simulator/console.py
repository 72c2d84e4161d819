"""The simulator's commands on stdin, one per line: `pull 3 quiet` is a call, its result an event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from drivers.simulator import lifecycle
from drivers.simulator.bank import SimulatedBank
from drivers.simulator.error_codes import Refusal
from drivers.simulator.faults import MEANINGS
from drivers.simulator.module import SimulatedModule
from drivers.simulator.sim import Lock

Event: TypeAlias = dict[str, Any]
Act: TypeAlias = Callable[[SimulatedBank, list[str]], Event | None]
"""Runs a command with its arguments; returns what `done` is to hold besides the command."""


class BadCommand(Exception):
    """A line that cannot be read; its text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Verb:
    """A command of the console; `arguments` and `meaning` as the help shows them."""

    arguments: str
    meaning: str
    act: Act
    moves_ports: bool = False

    def fits(self, count: int) -> bool:
        """Whether so many arguments can be right; [brackets] mark those that may be missing, … any number."""
        words = self.arguments.split()
        needed = sum(not word.startswith("[") for word in words)
        return needed <= count and ("…" in self.arguments or count <= len(words))


def _on_module(act: Callable[[SimulatedModule], None]) -> Act:
    def call(bank: SimulatedBank, arguments: list[str]) -> None:
        act(bank.module(arguments[0]))

    return call


def _lock(lock: Lock) -> Act:
    return _on_module(lambda module: module.life.lock(lock))


def _network(stat: int) -> Act:
    return _on_module(lambda module: module.life.set_network(stat))


def _pull(bank: SimulatedBank, arguments: list[str]) -> None:
    if arguments[1:] not in ([], ["quiet"]):
        raise BadCommand("the second word can only be: quiet")
    bank.module(arguments[0]).pull(quiet=len(arguments) > 1)


def _swap(bank: SimulatedBank, arguments: list[str]) -> None:
    slot = _number(arguments[1], len(bank.cards) - 1) if len(arguments) > 1 else None
    bank.swap(arguments[0], slot)


def _row(bank: SimulatedBank, arguments: list[str]) -> None:
    bank.switch_row(_number(arguments[0], bank.rows - 1))


def _number(text: str, largest: int) -> int:
    if not text.isdecimal() or int(text) > largest:
        raise BadCommand(f"a number from 0 to {largest} is expected, not {text}")
    return int(text)


def _stored_number(bank: SimulatedBank, arguments: list[str]) -> None:
    module = bank.module(arguments[0])
    if module.life.card is None:
        raise BadCommand(f"there is no SIM in {module.name}")
    module.life.card.number = " ".join(arguments[1:])


def _baudrate(bank: SimulatedBank, arguments: list[str]) -> None:
    rate = 0 if arguments[1] == "any" else _number(arguments[1], 4_000_000)
    bank.module(arguments[0]).state.baudrate = rate


def _fault(bank: SimulatedBank, arguments: list[str]) -> None:
    """Fault N NAME [SECONDS] [on|off|once]."""
    module, name, *rest = bank.module(arguments[0]), *arguments[1:]
    if name not in MEANINGS:
        raise BadCommand(f"no such fault: {name}; there are {', '.join(MEANINGS)}")
    seconds, how = None, "on"
    for word in rest:
        if word in {"on", "off", "once"}:
            how = word
        else:
            seconds = _seconds(word)
    module.fault(name, how != "off", seconds=seconds, once=how == "once")


def _seconds(text: str) -> float:
    try:
        value = float(text.removesuffix("s"))
    except ValueError:
        raise BadCommand(f"seconds, on, off or once are expected, not {text}") from None
    if not 0 <= value <= 3600:
        raise BadCommand("seconds are 0 to 3600")
    return value


def _simple_fault(name: str, on: bool) -> Act:
    def call(bank: SimulatedBank, arguments: list[str]) -> None:
        if arguments[1:] not in ([], ["on"], ["off"]):
            raise BadCommand("the second word can only be: on, off")
        bank.module(arguments[0]).fault(name, on and arguments[1:] != ["off"])

    return call


def _faults_off(bank: SimulatedBank, arguments: list[str]) -> None:
    if arguments != ["off"]:
        raise BadCommand("expected: faults off")
    for module in bank.modules:
        module.faults_off()


def _incoming(bank: SimulatedBank, arguments: list[str]) -> None:
    bank.module(arguments[0]).receive_message(arguments[1], " ".join(arguments[2:]))


def _sent(bank: SimulatedBank, arguments: list[str]) -> Event:
    sent = bank.module(arguments[0]).state.messages.sent
    return {"sent": [{"to": message.address, "text": message.text, "pdu": message.pdu} for message in sent]}


def _ports(bank: SimulatedBank, _arguments: list[str]) -> Event:
    return {"ports": bank.ports}


def _truth(bank: SimulatedBank, _arguments: list[str]) -> Event:
    return {"truth": bank.truth()}


def _help(_bank: SimulatedBank, _arguments: list[str]) -> Event:
    lines = [f"{name} {verb.arguments}".strip() + f": {verb.meaning}" for name, verb in VERBS.items()]
    return {"help": lines, "faults": MEANINGS}


VERBS: dict[str, Verb] = {
    "pull": Verb("N [quiet]", "take the SIM out; quiet: without any URC", _pull),
    "insert": Verb("N", "put the pulled SIM back", _on_module(lambda module: module.insert())),
    "swap": Verb("N [SLOT]", "have another SIM in there, without any URC", _swap),
    "row": Verb("R", "switch the whole bank to another row of slots", _row),
    "pin": Verb("N", "the SIM needs its PIN", _lock(Lock.PIN)),
    "puk": Verb("N", "the SIM asks for its PUK", _lock(Lock.PUK)),
    "unlock": Verb("N", "the SIM is open", _lock(Lock.NONE)),
    "deny": Verb("N", "the network refuses the SIM", _network(lifecycle.DENIED)),
    "search": Verb("N", "the network is lost", _network(lifecycle.SEARCHING)),
    "register": Verb("N", "registered, home", _network(lifecycle.HOME)),
    "roam": Verb("N", "registered, roaming", _network(lifecycle.ROAMING)),
    "sms-only": Verb("N", "registered for messages only", _network(lifecycle.SMS_ONLY)),
    "data-only": Verb("N", "attached for packets only", _network(lifecycle.PACKET_ONLY)),
    "emergency": Verb("N", "emergency calls only", _network(lifecycle.EMERGENCY_ONLY)),
    "reboot": Verb("N", "restart with banner and default settings", _on_module(SimulatedModule.reboot)),
    "unplug": Verb("N", "the module's ports vanish", _on_module(SimulatedModule.unplug), moves_ports=True),
    "replug": Verb(
        "N", "they come back under other paths", _on_module(SimulatedModule.replug), moves_ports=True
    ),
    "clone-imei": Verb("N M", "N gets the IMEI of M", lambda bank, words: bank.clone_imei(*words)),
    "same-sim": Verb("N M", "N shows the SIM that M holds", lambda bank, words: bank.same_sim(*words)),
    "same-number": Verb(
        "N M", "the SIM of N has the number of M's", lambda bank, words: bank.same_number(*words)
    ),
    "number": Verb("N [TEXT…]", "write a number onto the SIM as it is given", _stored_number),
    "baud": Verb("N RATE", "the module's UART has a fixed rate; any: it follows the client", _baudrate),
    "fault": Verb("N NAME [SECONDS] [on|off|once]", "switch one fault; once: for one answer", _fault),
    "faults": Verb("off", "end every fault of every module", _faults_off),
    "busy": Verb("N [on|off]", "the SIM is busy (CME 14)", _simple_fault("busy", on=True)),
    "hang": Verb("N", "the module reads and says nothing", _simple_fault("hang", on=True)),
    "unhang": Verb("N", "it goes on where it was", _simple_fault("hang", on=False)),
    "urc": Verb(
        "N TEXT…",
        "send a line unasked",
        lambda bank, words: bank.module(words[0]).send_urc(" ".join(words[1:])),
    ),
    "sms": Verb("N FROM TEXT…", "a message comes in", _incoming),
    "sent": Verb("N", "list the messages that clients have sent", _sent),
    "ring": Verb("N CALLER", "somebody calls", lambda bank, words: bank.module(words[0]).ring(words[1])),
    "hangup": Verb("N", "calls and data connections end", _on_module(SimulatedModule.hang_up)),
    "ports": Verb("", "list the ports", _ports),
    "truth": Verb("", "the real state of every module", _truth),
    "help": Verb("", "this list", _help),
}


def execute(bank: SimulatedBank, line: str) -> Sequence[Event]:
    """Run a line; return its events, the last one `done` or `error`."""
    name, *arguments = line.split()
    verb = VERBS.get(name)
    if verb is None:
        return [_error(line, f"no such command: {name}; try help")]
    if not verb.fits(len(arguments)):
        return [_error(line, f"expected: {name} {verb.arguments}".rstrip())]
    try:
        result = verb.act(bank, arguments)
    except (BadCommand, Refusal) as problem:
        return [_error(line, str(problem))]
    except KeyError as unknown:
        return [_error(line, f"no such module: {unknown.args[0]}")]
    events: list[Event] = []
    if verb.moves_ports:
        bank.relink()
        events.append({"event": "ports", "ports": bank.ports})
    events.append({"event": "done", "command": line, **(result or {})})
    return events


def _error(line: str, text: str) -> Event:
    return {"event": "error", "command": line, "text": text}
