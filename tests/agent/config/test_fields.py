"""One value at a time: what each kind may be."""

from pathlib import Path

import pytest

from agent.config import ConfigError, load

FOLDER = Path("/srv/bank")


def read(text, environment=None, **more):
    return load(text, file="config.yaml", environment=environment or {}, folder=FOLDER, **more)


def problems_of(text, environment=None, **more):
    with pytest.raises(ConfigError) as caught:
        read(text, environment, **more)
    return [str(problem) for problem in caught.value.problems]


LONG = "x" * 99
MISTAKES = [
    ("bank: {modules: many}", "1:17: bank.modules: must be a whole number"),
    ("bank: {modules: 1.5}", "1:17: bank.modules: must be a whole number"),
    ("bank: {modules: true}", "1:17: bank.modules: must be a whole number"),
    ("bank: {modules: [64]}", "1:17: bank.modules: must be a whole number; write digits only"),
    ("onlinesim: {test: [test1]}", "1:19: onlinesim.test: must be test1 or test2"),
    (
        "ports: [{path: usb, driver: [simcom]}]",
        "1:29: ports[0].driver: must be a single value; write one text, not a list",
    ),
    ("bank: {modules: 0}", "1:17: bank.modules: must be 1 to 1024; write 1 or more"),
    ("bank: {modules: 9999}", "1:17: bank.modules: must be 1 to 1024; write 1024 or less"),
    (
        "bank: {poll: soon}",
        "1:14: bank.poll: must be a duration; write 250ms, 10s, 4m, 1h or a number of seconds",
    ),
    (
        "bank: {poll: true}",
        "1:14: bank.poll: must be a duration; write 250ms, 10s, 4m, 1h or a number of seconds",
    ),
    (
        "bank: {poll: .inf}",
        "1:14: bank.poll: must be a duration; write 250ms, 10s, 4m, 1h or a number of seconds",
    ),
    (
        "bank: {poll: -1s}",
        "1:14: bank.poll: must be a duration; write 250ms, 10s, 4m, 1h or a number of seconds",
    ),
    ("bank: {settle: 1h}", "1:16: bank.settle: must be 0s to 10m"),
    ("onlinesim: {heartbeat: 5m}", "1:24: onlinesim.heartbeat: must be 1s to 4m30s"),
    ("onlinesim: {heartbeat: 100ms}", "1:24: onlinesim.heartbeat: must be 1s to 4m30s"),
    ("onlinesim: {rent: ja}", "1:19: onlinesim.rent: must be true or false; write true or false"),
    ("onlinesim: {rent: [1]}", "1:19: onlinesim.rent: must be true or false; write true or false"),
    ("onlinesim: {mode: lst}", '1:19: onlinesim.mode: must be list or incremental; did you mean "list"?'),
    ("onlinesim: {test: test3}", '1:19: onlinesim.test: must be test1 or test2; did you mean "test2"?'),
    ("onlinesim: {server: ftp://x}", '1:21: onlinesim.server: must be an https URL or "sandbox"'),
    ("onlinesim: {server: sandbxo}", '1:21: onlinesim.server: must be an https URL or "sandbox"'),
    (
        "onlinesim: {server: http://api.example, api_key: k}",
        "1:21: onlinesim.server: http would expose the API key on the network; use https",
    ),
    (
        "onlinesim: {server: https://u:p@api.example, api_key: k}",
        "1:21: onlinesim.server: must be a scheme, a host and at most a path; the API key goes into api_key",
    ),
    (
        'onlinesim: {api_key: "two words"}',
        "1:22: onlinesim.api_key: is empty, or has spaces or non-ASCII characters",
    ),
    (
        "ports: [{path: loop://x}]",
        "1:16: ports[0].path: must be socket://HOST:PORT or rfc2217://HOST:PORT if it is a URL",
    ),
    (
        'ports: [{path: "socket://bank..lan:3001"}]',
        "1:16: ports[0].path: has an invalid host name: bank..lan; a name has 1 to 63 characters between its dots",
    ),
    (
        f'ports: [{{path: "rfc2217://{LONG[:64]}:3001"}}]',
        f"1:16: ports[0].path: has an invalid host name: {LONG[:64]}; a name has 1 to 63 characters",
    ),
    ("ports: [{path: socket://x}]", "1:16: ports[0].path: needs a host and a port; write socket://HOST:PORT"),
    (
        'ports: [{path: /dev/ttyS1, name: "P{m}"}]',
        "1:34: ports[0].name: has an unknown placeholder; known are {n}, {path}, {imei}, {usb}",
    ),
    (
        f"ports: [{{path: /dev/ttyS1, name: {LONG}xx}}]",
        "1:34: ports[0].name: is longer than 100 characters, Onlinesim's limit for a port_id",
    ),
    (
        "ports: [{path: usb, baudrate: 12}]",
        '1:31: ports[0].baudrate: must be "auto" or a number from 300 to 4000000',
    ),
    (
        "usb: {ttyUSB0: bridge}",
        '1:7: usb.ttyUSB0: is not a USB id; write vendor and product as lsusb shows them: "0403:6011"',
    ),
    ('usb: {"0403:6011": brigde}', '1:20: usb.0403:6011: must be bridge or modem; did you mean "bridge"?'),
    (
        'sims: {"8946120000005000016": "46701740000"}',
        '1:31: sims.8946120000005000016.number: must begin with + and the country code; did you mean "+46701740000"?',
    ),
    (
        'sims: {"8946120000005000016": "+46 701-740000"}',
        '1:31: sims.8946120000005000016.number: must be + and digits only; write "+46701740000"',
    ),
    (
        'sims: {"8946120000005000016": {number: "0701740000"}}',
        '1:40: sims.8946120000005000016.number: is not a number in international form; write "+", the',
    ),
    (
        'sims: {"8946120000005000016": "+46 (0)70–174 00 00"}',
        '1:31: sims.8946120000005000016.number: must be + and digits only; write "+46701740000"',
    ),
    (
        'sims: {"8946120000005000016": "+46701740000.0"}',
        '1:31: sims.8946120000005000016.number: must be + and digits only; write "+46701740000"',
    ),
    (
        'sims: {"8946120000005000016": "0046701740000"}',
        '1:31: sims.8946120000005000016.number: must begin with + and the country code; did you mean "+46701740000"?',
    ),
    (
        'sims: {"8946120000005000016": "+4670174OO00"}',
        '1:31: sims.8946120000005000016.number: is not a number: it holds "O" (U+004F); write "+", the',
    ),
    (
        'sims: {"8946120000005000016": "+46701740000/01"}',
        "1:31: sims.8946120000005000016.number: is not one number: something follows it; write",
    ),
    (
        'sims: {"89461200000О5000016": "+46701740000"}',
        '1:8: sims.89461200000О5000016: is neither an ICCID nor an IMSI: it holds "О" (U+041E); write the',
    ),
    (
        'sims: {"894612": "+46701740000"}',
        "1:8: sims.894612: is neither an ICCID (89…, 18 to 20 digits) nor an IMSI (14 or 15 digits)",
    ),
    (
        'sims: {"+46701740000": "8946120000005000016"}',
        "1:8: sims.+46701740000: is not a SIM; the ICCID comes first, its number after the colon",
    ),
    (
        'sims: {8.94612E+18: "+46701740000"}',
        "1:8: sims.8.94612E+18: is not an ICCID; a spreadsheet has rounded it: copy the digits from the",
    ),
    (
        'ussd: {"24012": {code: "*21*46701740000#"}}',
        "1:24: ussd.24012.code: *21 diverts calls (3GPP TS 22.030 Annex B); use only",
    ),
    (
        'ussd: {"tele2": {code: "*100#"}}',
        '1:8: ussd.tele2: is not an operator code; write MCC and MNC, five or six digits: "24012"',
    ),
    (
        'ussd: {"24012": {code: "*100#", match: "("}}',
        "1:40: ussd.24012.match: is not a valid regular expression: missing ), unterminated subpattern at",
    ),
    (
        'ussd: {"24012": {code: "*100#", match: "[0-9]+"}}',
        "1:40: ussd.24012.match: must have one group, has 0; put only the number into parentheses:",
    ),
    (
        'ussd: {"24012": {code: "*100#", match: "((?:[0-9]+ ?)+)$"}}',
        "1:40: ussd.24012.match: must not repeat what holds a repeat; it could stop the agent for hours; write",
    ),
    (
        "onlinesim: {server: 'https://onlinesim.io/api/resellers/sendNumbersOnline', api_key: k}",
        (
            "1:21: onlinesim.server: holds the path of the API, which the agent adds itself; write "
            '"https://onlinesim.io"'
        ),
    ),
    (
        "status: {listen: here}",
        "1:18: status.listen: must be ADDRESS:PORT; write 127.0.0.1:8340, or [::1]:8340",
    ),
    ("log: {level: inof}", '1:14: log.level: must be debug, info, warning or error; did you mean "info"?'),
    ("fleet: yes", "1:8: fleet: must be a group of keys"),
    ("fleet: {account: main}", "1:8: fleet.redis: is missing; write one such as rediss://"),
    ("fleet: {redis: }", "1:9: fleet.redis: has no value; write one, or remove the entry"),
    (
        "fleet: {redis: 'redis://10.0.0.5'}",
        "1:16: fleet.redis: redis:// would show numbers and password to the network; use rediss://",
    ),
    (
        "fleet: {redis: 'redis+sentinel://127.0.0.1,10.0.0.5/bank'}",
        "1:16: fleet.redis: redis:// would show numbers and password to the network; use rediss://",
    ),
    ("fleet: {redis: 'rediss://a', host: bank 1}", "1:36: fleet.host: is not a usable name; write 1 to 32"),
    ("fleet: {redis: 'rediss://a', account: 'a:b'}", "1:39: fleet.account: is not a usable name; write 1 to"),
    ("fleet: {redis: 'rediss://a', lease: 5s}", "1:37: fleet.lease: must be 15s to 1m; write 15s or more"),
    ("fleet: {redis: 'rediss://a', acks: 10}", "1:36: fleet.acks: must be 0 to 9; write 9 or less"),
    ("fleet: {redis: 'rediss://a', acount: a}", '1:30: fleet.acount: unknown key; did you mean "account"?'),
    ("store: [a]", "1:8: store: must be a file path"),
    (
        'ussd: {"24012": {code: "*100#", match: "([[a])"}}',
        "1:40: ussd.24012.match: is not a valid regular expression: Possible nested set",
    ),
]


@pytest.mark.parametrize(("text", "line"), MISTAKES, ids=[text[:40] for text, _ in MISTAKES])
def test_a_value_that_cannot_be_is_reported_with_its_place_and_what_was_meant(text, line):
    [problem] = problems_of(text)
    assert problem.startswith(f"config.yaml:{line}")


@pytest.mark.parametrize(
    "server", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:1", "https://x.example"]
)
def test_a_server_is_https_or_this_machine(server):
    assert read(f'onlinesim: {{server: "{server}", api_key: k}}').onlinesim.server == server


@pytest.mark.parametrize("written", ["64", '"64"', "'64'", "${N}", '"${N}"'])
def test_a_number_may_have_quotes_and_come_from_a_variable(written):
    assert read(f"bank:\n  modules: {written}\n", {"N": "64"}).bank.modules == 64


@pytest.mark.parametrize("written", ["true", "yes", "on", "1", '"true"', "True"])
def test_a_switch_has_the_words_that_people_use(written):
    assert read(f"onlinesim: {{rent: {written}}}").onlinesim.rent is True


def test_what_cannot_be_seen_is_no_part_of_a_number_or_of_a_sim():
    config = read('sims: {"\u200e8946120000005000016\u200b": "\u202a+46701740000\u202c"}')
    assert {sim: entry.number for sim, entry in config.sims.items()} == {
        "8946120000005000016": "+46701740000"
    }


@pytest.mark.parametrize("rate", ["9600", '"9600"'])
def test_a_baudrate_is_a_number(rate):
    assert read(f"ports: [{{path: usb, baudrate: {rate}}}]").ports[0].baudrate == 9600


@pytest.mark.parametrize("written", ["~", "null", "NULL", ""])
def test_nothing_is_nothing_only_without_quotes(written):
    assert read(f"ports:\n  - path: socket://a:1\n    module: {written}\n").ports[0].module is None
    assert read("ports: [{path: 'socket://a:1', module: 'null'}]").ports[0].module == "null"


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("127.0.0.1:4001", "socket://127.0.0.1:4001"),
        ("bank.lan:3001", "socket://bank.lan:3001"),
        ("localhost:3001", "socket://localhost:3001"),
        ("ser2net:3001", "socket://ser2net:3001"),
        ("127.0.0.1,4001", "socket://127.0.0.1:4001"),
        ("127.0.0.1 4001", "socket://127.0.0.1:4001"),
        ("127.0.0.1: 4001", "socket://127.0.0.1:4001"),
        ("tcp:10.0.0.5,4001", "socket://10.0.0.5:4001"),
        ("[::1]:4001", "socket://[::1]:4001"),
        ("[fe80::1]:4001", "socket://[fe80::1]:4001"),
        ("//10.0.0.5:4001", "socket://10.0.0.5:4001"),
        ("tcp:10.0.0.5:4001", "socket://10.0.0.5:4001"),
        ("socket:10.0.0.5:4001", "socket://10.0.0.5:4001"),
        ("rfc2217:10.0.0.5:4001", "rfc2217://10.0.0.5:4001"),
        ("10.0.0.5", "socket://10.0.0.5:PORT"),
    ],
)
def test_an_address_on_the_network_without_its_scheme_is_named_as_one(path, meant):
    (problem,) = problems_of(f'ports: [{{path: "{path}"}}]')
    assert problem.endswith(f'is an address on the network, not a path; write "{meant}"')


@pytest.mark.parametrize(
    "path", ["/dev/ttyUSB0", "links/port", "pci-0000:00:14.0-usb-0:1.4.2:1.3", "port.4001"]
)
def test_a_path_with_colons_or_dots_stays_a_path(path):
    assert read(f'ports: [{{path: "{path}"}}]').ports[0].path.endswith(path)
