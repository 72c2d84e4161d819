"""Everything that `check` may find, in Russian: no English sentence, and no text that is never told."""

from __future__ import annotations

import dataclasses
import itertools
import re
from decimal import Decimal
from pathlib import Path
from string import Formatter

import pytest

from agent.alerts.child import NO_SERVICE
from agent.check import CheckInput, Host, as_json, listing, run_checks, system
from agent.check.account import check_account
from agent.check.finding import NAMES, good, some
from agent.check.fleet import FleetInput, check_fleet
from agent.check.modules import FIXES, check_labels, check_modules
from agent.check.numbers import MOST_LISTED, check_numbers
from agent.check.permissions import Account, FileRights
from agent.check.ports import PortFacts, check_ports
from agent.check.server import check_rival, check_server, check_server_date
from agent.check.system import BRLTTY_RULES, RULES, UsbPort
from agent.config import ConfigError, Onlinesim, Problem, load
from agent.decision.verdict import Reason
from agent.fleet.answers import About, EngineAway
from agent.fleet.words import Beat, Record, Stage
from agent.formats.engine_url import parse
from agent.numbers.sims_rows import parse as rows_of
from agent.onlinesim.messages import NumberEntry
from agent.onlinesim.number_answer import NumberAnswer, NumberStatus
from agent.onlinesim.outcome import Accepted, Checked, Failed, FailureKind, Refusal, RefusalKind
from drivers.errors import PortProblem, PortUnavailable
from drivers.wire import Holder, fuser_command
from tests.agent.check.test_alerts import SELLING, Examiner, check_alerts
from tests.agent.check.test_runner import HealthyHost, checked
from tests.language.catalogues import first_form, translated
from tests.language.english import english_in
from tests.language.speaking import speaking

COMMANDS = re.compile(r"(sudo|pip) .*?(?= или |; |, затем|  \(|$)")
KERNEL = ["Not enough bandwidth for altsetting 0", "over-current condition", "while 'brltty' sets config #1"]
USER = Account("petra", 1000, frozenset({1000, 21}), frozenset({22}))
EC25, FTDI = "2c7c:0125", "0403:6001"
OURS = {RULES, BRLTTY_RULES}
CARDS = ("8946120000005000016", "8946120000005000024", "8946120000005000032")


@pytest.fixture(autouse=True)
def russian():
    with speaking("ru"):
        yield


def of_system():
    """Other programs, udev, the kernel's log, clock, store, limits, files."""
    usb = [UsbPort("/dev/ttyUSB0", EC25, ignored_by_modem_manager=False, ruled=False)]
    bridge = [UsbPort("/dev/ttyUSB1", FTDI, ignored_by_modem_manager=False, ruled=True)]
    unknown = [
        UsbPort("/dev/ttyUSB2", f"1a{n}0:0001", ignored_by_modem_manager=True, ruled=True) for n in "ab"
    ]
    quiet = [UsbPort("/dev/ttyUSB3", EC25, ignored_by_modem_manager=True, ruled=True)]
    for rules, ports in itertools.product(((), OURS), (usb, bridge, unknown, unknown[:1], quiet)):
        yield from system.check_udev(rules, ports)
        yield from system.check_modem_manager({"ModemManager"}, rules, ports)
    yield from system.check_modem_manager((), (), ())
    for running, rules, devices in (
        ((), (), ()),
        ({"brltty"}, OURS, {FTDI}),
        ({"brltty"}, OURS, ()),
        ((), {"85-brltty.rules"}, {FTDI}),
    ):
        yield from system.check_brltty(running, rules, devices)
    for log, runs in ((None, False), ([], False), (KERNEL, True), (KERNEL, False)):
        yield from system.check_kernel_log(log, brltty_runs=runs)
    for wall, synchronised in ((0.0, None), (1.78e9, False), (1.78e9, True), (1.78e9, None)):
        yield system.check_clock(wall, synchronised)
    yield system.check_store("/x/simbank.db", "это не файл", None)
    for free in (0, 17 * 2**20, None):
        yield system.check_store("/x/simbank.db", "", free)
    yield from system.check_store_faults("/x/simbank.db: the file belongs to another program")
    for limit, ports in ((10, 1), (10, 64), (None, 1)):
        yield system.check_descriptors(limit, ports)
    for readable, secret in ((True, True), (True, False), (False, True)):
        yield system.check_private_file(
            "sims_file", "/x", world_readable=readable, secret=secret, personal=True
        )


def of_ports():
    """Ports that are not there, not ours, held by others, broken, free."""

    def failing(problem, detail, holder="", path="/dev/ttyUSB0"):
        return PortFacts(path=path, unavailable=PortUnavailable(problem, detail, holder=holder))

    yield from check_ports((), USER)
    for rights in (
        None,
        *(FileRights(0, gid, name, 0o660) for gid, name in ((20, "dialout"), (21, "a"), (22, "b"))),
    ):
        ports = [PortFacts(path=f"/dev/ttyUSB{n}", rights=rights, usable=False) for n in range(5)]
        yield from check_ports(ports, USER)
    free = PortFacts(path="/dev/ttyUSB0")
    yield from check_ports((free, free), USER, absent=1)
    yield from check_ports((free,), USER, blind=True)
    yield from check_ports(
        (PortFacts(path="/dev/a", holder=Holder(0, "the owner of /var/lock/LCK..a")),), USER
    )
    yield from check_ports((PortFacts(path="/dev/a", holder=Holder(7, "gammu-smsd")),), USER)
    for problem, detail, holder, path in (
        (PortProblem.BUSY, "busy", fuser_command("/dev/ttyUSB0"), "/dev/ttyUSB0"),
        (PortProblem.BUSY, "busy", "picocom (pid 7)", "/dev/ttyUSB0"),
        (PortProblem.BUSY, "busy", "", "rfc2217://h:1"),
        (PortProblem.BUSY, "busy", 'the serial server says "Port already in use"', "socket://h:1"),
        (PortProblem.NOT_YET, "plugged in just now; udev has not finished with it", "", "/dev/ttyUSB0"),
        (PortProblem.BROKEN, "socket://h:1: Connection refused", "", "socket://h:1"),
        (PortProblem.GONE, "/dev/ttyUSB0: No such file or directory", "", "/dev/ttyUSB0"),
        (PortProblem.BROKEN, "/dev/ttyUSB0: Input/output error", "", "/dev/ttyUSB0"),
    ):
        yield from check_ports((failing(problem, detail, holder, path),), USER)


def of_modules():
    """Reasons, labels, numbers that are not known and where to write them."""

    def rows(*reasons):
        return [
            {"name": f"Port{n}", "reason": reason, "text": "", "iccid": CARDS[n % 3], "imsi": None}
            for n, reason in enumerate(reasons)
        ]

    yield from check_modules(rows("live", *FIXES))
    yield from check_modules(rows(Reason.NO_SIM))
    yield from check_modules(rows(Reason.PORT_BUSY))
    yield from check_modules(rows("number_unknown", "number_unknown"), "sims.csv", {CARDS[0][:18]: 3})
    yield from check_labels(rows("live"), ["Port0", "Nowhere"])


def of_numbers():
    """Both sources of numbers, and the rows of the file."""
    given = f"sims: {{'{CARDS[0]}': '+46701740000', '{CARDS[1]}': '+1202556'}}\nsims_file: sims.csv"
    config = load(given, file="c", environment={}, folder=Path("/x"))
    rows = (
        f"{CARDS[0]},+46701740001",
        f"{CARDS[2]},+46701740000",
        f"{CARDS[1]},+1202555",
        "8946120000005000040,+46999999999",
    )
    sheet = "\n".join(rows)
    yield from check_numbers(config, *rows_of(sheet, "sims.csv"))
    for cards in (CARDS[:1], CARDS[:2]):
        sims = "".join(f'  "{card}": "+4670174000{n}"\n' for n, card in enumerate(cards))
        yield from check_numbers(load(f"sims:\n{sims}", file="c", environment={}, folder=Path("/x")))
    for more in (1, 3):
        yield from check_numbers(config, *rows_of("nonsense,1\n" * (MOST_LISTED // 2 + more), "sims.csv"))
    bad = (
        "iccid,imsi,number,number 2,rent\n+46701740000,0701740000,x,,2\n894612000000500001O,,1,,\n,,1,,\n"
        f"{CARDS[0]},,+46701740000,+46701740001,\n{CARDS[1]},,{CARDS[2]},,\n{CARDS[2]},,8E+10,,1\n"
        f"{CARDS[0]},,+46701740002,,\n{CARDS[0]},,+46701740003,,\n{'x' * 5000}\n8.94612E+18,,+46701740009,,\n"
        "8946120000005000000,,+46701740005,,\n8946120000006000000,,+46701740006,,\n"
    )
    yield from check_numbers(config, *rows_of(bad, "sims.csv"))
    yield from check_numbers(config, *rows_of("number,rent\n1,2\n", "sims.csv"))


async def of_account():
    """What Onlinesim says of the numbers."""

    def answer(status, **more):
        return NumberAnswer(status=status, **more)

    async def ask_all(answers, reported=()):
        left = [*answers]

        async def ask(_number):
            return left.pop(0)

        async def sleep(_seconds):
            pass

        numbers = [f"+4670174000{n}" for n in range(len(left))]
        return await check_account(ask, numbers, reported, lambda *_: None, sleep=sleep)

    unknown = answer(NumberStatus.UNKNOWN, detail="status 9 is not in the API's description")
    each = [
        answer(NumberStatus.WORKING, income=Decimal(1)),
        answer(NumberStatus.QUEUED),
        unknown,
        answer(NumberStatus.WORKING, banned=True),
        answer(NumberStatus.SPENT),
    ]
    missing = [answer(NumberStatus.NOT_ON_ACCOUNT)] * 2
    found = [*await ask_all([]), *await ask_all(each), *await ask_all(missing, ["+46701740000"])]
    refused = Refusal(401, "ERROR_WRONG_KEY", RefusalKind.WRONG_KEY)
    return [*found, *await ask_all([refused])]


async def of_server():
    """Test reports, the server's date, a second agent."""
    entries = [
        NumberEntry(number=f"+4670174000{n}", country_id=46, operator=24012, port_id=f"P{n}", rent=0)
        for n in (1, 2)
    ]
    outcomes = (
        Checked("test1", ids={"46701740001": 5, "46701740002": None}),
        Refusal(403, "ACCOUNT_BLOCKED", RefusalKind.BLOCKED),
        Failed("no answer within 15 s", FailureKind.SLOW),
        Accepted(),
    )
    found = []
    for outcome, server in zip(outcomes, ("https://a.example", "sandbox", "sandbox", "sandbox"), strict=True):

        async def send(_message, outcome=outcome):
            return outcome

        found += await check_server(Onlinesim.model_construct(server=server), send, entries, test2=False)

    for echo in ("{}", entries):
        answers = [Checked("test1"), Checked("test2", echo="")]

        async def send_two(message, answers=answers, echo=echo):
            answer = answers.pop(0)
            body = "{}" if echo == "{}" else message.body.decode()
            return dataclasses.replace(answer, echo=body) if answer.test == "test2" else answer

        found += await check_server(
            Onlinesim.model_construct(server="sandbox"), send_two, entries, test2=True
        )
    for ahead in (0.0, 120.0, -3 * 86_400.0):
        found += check_server_date(ahead)
    return [*found, *check_rival(0), *check_rival(312)]


@dataclasses.dataclass
class StubEngine:
    """An engine that says what it is given."""

    about: About = dataclasses.field(default_factory=About)
    leader: str = ""
    texts: dict = dataclasses.field(default_factory=dict)
    refuses: dict = dataclasses.field(default_factory=dict)
    away: str = ""
    deaf: bool = False
    later: dict = dataclasses.field(default_factory=dict)
    looks: int = 0

    async def record(self):
        if self.away:
            raise EngineAway(self.away)
        return self.leader

    async def refused(self, _commands):
        return self.refuses

    async def beats(self):
        self.looks += 1
        return (
            {name: later.get(self.looks, text) for name, text in self.texts.items()}
            if (later := self.later)
            else self.texts
        )

    async def bell(self):
        if self.deaf:
            raise TimeoutError
        yield None


async def of_fleet():
    """The engine and the other hosts."""
    clock = itertools.count()

    async def no_sleep(_seconds):
        pass

    async def found(engine, *, url="redis://localhost", slow=0.001, **more):
        given = FleetInput(
            engine=engine, url=parse(url), host="bank-1", lease=30.0, lead=True, cap=None, modules=64, key="k",
            is_member=False, sleep=no_sleep, clock=lambda: next(clock) * slow,
        )  # fmt: skip
        return await check_fleet(dataclasses.replace(given, **more))

    run = "a" * 16
    beat = Beat(
        run=run, seq=1, version=1, stage=Stage.RUNNING, modules=64, live=9000, lease=60.0, may_lead=False
    )
    leader = Record(host="bank-2", run=run, epoch=3, seq=9, lease=30.0, key="k")
    old = About(version="redis 5.0", role="slave", eviction="allkeys-lru")
    hosts = {"bank-2": beat.text(), "bank-1": beat.text()}
    released = dataclasses.replace(leader, released=True).text()
    causes = (
        "certificate",
        "wrong_version",
        "WRONGPASS",
        "noperm",
        "Timeout connecting to server",
        "getaddrinfo",
    )
    return [
        *await found(StubEngine(about=old)),
        *await found(StubEngine(leader="?"), url="rediss://h", slow=0.2),
        *await found(StubEngine(leader=leader.text(), texts=hosts, deaf=True), slow=0.6),
        *await found(StubEngine(texts=hosts, later={2: "{}"})),
        *await found(StubEngine(leader=leader.text(), texts=hosts), is_member=True, cap=64, lead=False),
        *await found(StubEngine(leader=released, texts={"bank-3": "?"}), key="other"),
        *await found(StubEngine(refuses={"EVAL": "this user has no permissions to run the 'eval' command"})),
        *[one for why in (*causes, "replica", "master", "x") for one in await found(StubEngine(away=why))],
    ]


class KnowsLess(Examiner):
    """It says of the others what the child does."""

    async def examine(self, urls):
        return [
            dataclasses.replace(one, why=NO_SERVICE if one.why else "") for one in await super().examine(urls)
        ]


async def of_alerts(folder):
    """Services, the file with their URLs, Apprise."""
    urls = folder / "urls"
    urls.write_text("json://a\n")
    for text in (
        "alerts: {heartbeat_url: 'https://a.example', urls: 'json://a'}",
        f"{SELLING}alerts: {{urls: ['json://a', 'foo://x'], urls_file: none}}",
        f"alerts: {{urls_file: {urls}}}",
    ):
        config = load(text, file="c", environment={}, folder=folder)
        for one in await check_alerts(config, folder / "c", {}, courier=KnowsLess(), host=StrictHost()):
            yield one


class StrictHost(Host):
    """It lets nobody read a file."""

    def may_use(self, path, account, wanted=6):
        return False


class FullHost(HealthyHost):
    """Its store is in the way."""

    def store_faults(self, path):
        raise PermissionError(13, "Permission denied", str(path))


async def of_runner(folder):
    """What the whole run adds."""
    with pytest.raises(ConfigError) as wrong:
        load("bank: {modules: 0}", file="c", environment={}, folder=folder)

    found = [*await checked(), *await checked(host=HealthyHost(hangs=True)), *await checked(host=FullHost())]
    found += await checked("ports: [{path: simulated}]")
    problems = [*wrong.value.problems, Problem(file="c", message="такого файла нет")]
    given = CheckInput(config=ConfigError(problems), file=folder / "c")
    return [*found, *await run_checks(given, host=HealthyHost())]


def of_host(folder):
    """Why the store cannot be written."""
    (folder / "file.db").mkdir()
    host, ours = Host(), Account("petra", 0, frozenset())
    for path, account in (
        (folder / "none" / "x.db", ours),
        (Path("/proc/x.db"), ours),
        (folder / "file.db", ours),
        (folder / "x.db", dataclasses.replace(ours, uid=12345, ours=False)),
    ):
        yield good("store", host.store(path, account)[0])
    folder.chmod(0o777)
    (folder / "mine.db").touch(mode=0o600)
    yield good("store", host.store(folder / "mine.db", dataclasses.replace(ours, uid=12345, ours=False))[0])


async def everything(folder):
    found = [*of_system(), *of_ports(), *of_modules(), *of_numbers(), *of_host(folder)]
    found += [*await of_account(), *await of_server(), *await of_fleet(), *await of_runner(folder)]
    return [*found, *[one async for one in of_alerts(folder)]]


def is_told(text, lines):
    """Whether one of the lines has a text, whatever its values."""
    literals = [literal for literal, _, _, _ in Formatter().parse(text) if literal]
    return any(all(literal in line for literal in literals) for line in lines)


async def test_no_finding_is_english_and_no_text_is_left_out(tmp_path):
    found = [one for one in await everything(tmp_path) if one is not None]
    for one in found:
        assert re.search("[а-я]", one.text), one
        assert english_in(re.sub("|".join(KERNEL), "…", one.text)) == "", one
        assert english_in(COMMANDS.sub("…", one.fix)) == "", one

    told = {line for one in found for line in (one.text, one.fix)}
    texts = [one for one in translated("check") if one.id and first_form(one) not in NAMES]
    forms = [(first_form(one), [one.string] if isinstance(one.string, str) else one.string) for one in texts]
    silent = [name for name, russian in forms if not any(is_told(text, told) for text in russian)]
    assert silent == ["No problems found.", "{n} problem", "{n} warning"]


def test_the_list_and_its_summary_are_russian_and_json_has_the_names_of_programs():
    findings = [*system.check_kernel_log(None, brltty_runs=False), *check_ports((), USER), *check_rival(7)]
    shown = "".join(str(part) for part in listing(findings).renderables)

    assert "порты: ни одного из настроенных портов нет" in shown
    assert "2 проблемы, 1 предупреждение." in shown
    assert "Проблем не найдено." in str(listing([]).renderables[-1])
    assert '"what": "ports"' in as_json(findings)
    assert some("abcdef") == "a, b, c и ещё 3"
