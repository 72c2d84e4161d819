"""The commands that are sent, and what the answer to each looks like on the wire.

A Command with a text that is not on the allow-list (allowlist.py) cannot be made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from drivers.at import gsm7
from drivers.at.allowlist import ESCAPE, allowed
from drivers.at.message_text import UNFINISHED_USSD
from drivers.at.urc import one_of
from drivers.at.ussd_codes import objection

# Seconds to wait for the final result: docs/at-field-guide.md §1.6.
_BRIEF: Final = 3.0
_USUAL: Final = 5.0
_SLOW: Final = 10.0
_CARD_FILE: Final = 20.0
_NETWORK: Final = 40.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Command:
    """One command line, and how to recognise its answer among everything else on the wire.

    Each is made once and is equal to itself alone: commands are looked up twenty times a poll. Patterns are matched
    from the start of a line. ValueError for a text that is not on the allow-list.
    """

    text: str
    """What is sent, without the CR."""
    timeout: float = _BRIEF
    """Seconds after which no answer can be expected any more (docs/at-field-guide.md §1.6)."""
    answer: re.Pattern[str] | None = None
    """The lines of its payload, even where they look like a URC; None where payload has no such form."""
    free_text: bool = False
    """Any line that is neither a URC nor a final result is payload too."""
    needs_payload: bool = False
    """An OK without payload is no answer: the first is taken for a late one and ignored."""
    fallback: re.Pattern[str] | None = None
    """URCs of the same prefix that serve as the answer if the OK comes with nothing better."""
    closes: re.Pattern[str] | None = None
    """The line that ends the answer of a module that sends no final result here; dialects set it by replace()."""
    follows: re.Pattern[str] | None = None
    """The line that completes the answer, and which may come long after the OK: the network's reply to USSD."""
    unfinished: re.Pattern[str] | None = None
    """A payload line that continues in the next line."""

    def __post_init__(self) -> None:
        if self.text == ESCAPE or not allowed(self.text):
            raise ValueError(f"not on the allow-list: {self.text!r}")


def _prefixed(text: str, prefix: str, timeout: float = _USUAL) -> Command:
    return Command(
        text=text, timeout=timeout, answer=re.compile(prefix + r"\s*:", re.IGNORECASE), needs_payload=True
    )


def _setting(text: str) -> Command:
    return Command(text=text)


ATTENTION: Final = _setting("AT")
SESSION_SETTINGS: Final = _setting("ATE0V1Q0")
ECHO_OFF: Final = _setting("ATE0")
VERBOSE: Final = _setting("ATV1")
RESULTS_ON: Final = _setting("ATQ0")
NUMERIC_ERRORS: Final = _setting("AT+CMEE=1")
CREG_URCS: Final = _setting("AT+CREG=2")
CEREG_URCS: Final = _setting("AT+CEREG=2")
CSMINS_URCS: Final = _setting("AT+CSMINS=1")
QSS_URCS: Final = _setting("AT#QSS=1")
SCKS_URCS: Final = _setting("AT^SCKS=1")

_IDENTITY = re.compile(r"\+(?:C?GM[IMR]|C?GSN|GCAP|EGMR)\b", re.IGNORECASE)


def _identity(text: str) -> Command:
    return Command(text=text, answer=_IDENTITY, free_text=True, needs_payload=True)


ATI: Final = _identity("ATI")
CGMI: Final = _identity("AT+CGMI")
CGMM: Final = _identity("AT+CGMM")
CGMR: Final = _identity("AT+CGMR")

# A payload without a prefix is recognised by its characters and their number.
_IMEI = re.compile(r'\+(?:C?GSN|EGMR)\s*:|"?(?:IMEI\s*:?\s*)?\d{14,17}\b', re.IGNORECASE)
_IMSI = re.compile(r'(?:\+CIMI|<IMSI>)\s*:|"?\d{6,15}"?\s*$', re.IGNORECASE)
_ICCID = re.compile(
    r"[+^#!%*$]?[A-Z]{0,8}CID\s*[:= ]"
    r"|[^+^#!%*$]{0,40}?(?<![0-9A-Z])[89][89][0-9A-F]{16,20}(?![0-9A-Z])"  # with words, a slot or a state beside
    r'|"?[89][0-9A-F](?: ?[0-9A-F]){16,20}"?\s*$',
    re.IGNORECASE,
)


def _imei(text: str) -> Command:
    return Command(text=text, answer=_IMEI, needs_payload=True)


def _iccid(text: str) -> Command:
    return Command(text=text, timeout=_USUAL, answer=_ICCID, needs_payload=True)


CGSN: Final = _imei("AT+CGSN")
GSN: Final = _imei("AT+GSN")
ATGSN: Final = _imei("ATGSN")

CPIN: Final = _prefixed("AT+CPIN?", r"\+CPIN", _SLOW)
CFUN: Final = _prefixed("AT+CFUN?", r"\+CFUN")
CSMINS: Final = _prefixed("AT+CSMINS?", r"\+CSMINS")
QSIMSTAT: Final = _prefixed("AT+QSIMSTAT?", r"\+QSIMSTAT")
QSS: Final = _prefixed("AT#QSS?", r"#QSS")
SCKS: Final = _prefixed("AT^SCKS?", r"\^SCKS")
SYSINFO: Final = _prefixed("AT^SYSINFO", r"\^SYSINFO")
SYSINFOEX: Final = _prefixed("AT^SYSINFOEX", r"\^SYSINFOEX")

CCID: Final = _iccid("AT+CCID")
CCID_READ: Final = _iccid("AT+CCID?")
CICCID: Final = _iccid("AT+CICCID")
QCCID: Final = _iccid("AT+QCCID")
ICCID: Final = _iccid("AT+ICCID")
HUAWEI_ICCID: Final = _iccid("AT^ICCID?")
ZGETICCID: Final = _iccid("AT+ZGETICCID")
TELIT_CCID: Final = _iccid("AT#CCID")
SCID: Final = _iccid("AT^SCID")
CXXCID: Final = _iccid("AT+CXXCID")
SIERRA_ICCID: Final = _iccid("AT!ICCID?")
SQNCCID: Final = _iccid("AT+SQNCCID")
XICCID: Final = _iccid("AT%XICCID")

CIMI: Final = Command(text="AT+CIMI", timeout=_USUAL, answer=_IMSI, needs_payload=True)

# Huawei glues an error to the first line, with and without its words; a final result is a whole line, so this is
# payload (docs/at-field-guide.md §6.1). Most cards hold no number: an OK alone is a complete answer.
CNUM: Final = Command(
    text="AT+CNUM",
    timeout=_SLOW,
    answer=re.compile(r"(?:(?:\+CM[ES] )?ERROR(?:\s*:[^+]*)?)?\+CNUM\s*:", re.IGNORECASE),
)


def _registration(name: str) -> Command:
    # The answer has <n>,<stat>[,…], a URC has <stat>[,<lac>…] (docs/at-field-guide.md §7.4). A second field that
    # reads as a <stat> (0 to 11, zero-padded to at most three digits, not quoted) makes an answer; so does one that
    # the standard does not have, as replies/registration.py reads it, and `2,,`, which can be nothing else. LENA-R8
    # omits <n> in the answer: a lone <stat> is a URC at once, and serves as the answer if nothing better comes.
    prefix = rf"\+{name}\s*:\s*"
    return Command(
        text=f"AT+{name}?",
        timeout=_SLOW,
        answer=re.compile(
            prefix
            + r"(?:0{0,2}[0-5]\s*,\s*(?:(?:0{0,2}\d|0?1[01])\s*(?:,|$)|(?:,\s*)?$|\d{2,3}\s*$)"
            + r"|0{0,2}[0234]\s*,\s*\d\d\s*,)",
            re.IGNORECASE,
        ),
        fallback=re.compile(prefix + r"\d{1,3}\s*$", re.IGNORECASE),
        needs_payload=True,
    )


CREG: Final = _registration("CREG")
CGREG: Final = _registration("CGREG")
CEREG: Final = _registration("CEREG")
C5GREG: Final = _registration("C5GREG")

CSQ: Final = _prefixed("AT+CSQ", r"\+CSQ")
CSQ_READ: Final = _prefixed("AT+CSQ?", r"\+CSQ")
COPS: Final = _prefixed("AT+COPS?", r"\+COPS", _SLOW)

CRSM_ICCID: Final = _prefixed("AT+CRSM=176,12258,0,0,10", r"\+CRSM", _CARD_FILE)
CRSM_MSISDN_SIZE: Final = _prefixed("AT+CRSM=192,28480", r"\+CRSM", _CARD_FILE)


@lru_cache
def crsm_msisdn(record_length: int) -> Command:
    """Read the first record of EF_MSISDN (3GPP TS 31.102 §4.2.26); ValueError unless it has 14 to 255 octets."""
    return _prefixed(f"AT+CRSM=178,28480,1,4,{record_length}", r"\+CRSM", _CARD_FILE)


_CUSD_LINE = re.compile(r"\+CUSD\s*:", re.IGNORECASE)


@lru_cache
def own_number_query(code: str, *, packed: bool = False) -> Command:
    """Ask the network by USSD for the SIM's own number; ValueError for a code that may do anything else.

    `packed` sends the code as hex of packed septets, which Huawei sticks expect (docs/at-field-guide.md §6.3).
    """
    if objection(code) is not None:
        raise ValueError(f"not an own-number USSD code: {code!r}")
    argument = gsm7.pack(code).hex().upper() if packed else f'"{code}"'
    return Command(
        text=f"AT+CUSD=1,{argument},15",
        timeout=_NETWORK,
        answer=_CUSD_LINE,
        follows=_CUSD_LINE,
        unfinished=UNFINISHED_USSD,
    )


@lru_cache(maxsize=256)
def chain(*commands: Command) -> Command:
    """Join extended commands into one line with one final result (V.250 §5.2.1); payload is the union of theirs.

    The timeout is the sum, as a module works them in turn. ValueError for what cannot be joined: basic commands (ATI),
    commands that a module answers without a final result, and USSD.
    """
    if not commands or any(c.closes or c.follows for c in commands):
        raise ValueError("cannot be chained: " + " ".join(c.text for c in commands))
    first, *rest = commands
    return Command(
        text=";".join([first.text, *(c.text.removeprefix("AT") for c in rest)]),
        timeout=sum(c.timeout for c in commands),
        answer=one_of(c.answer for c in commands if c.answer),
        free_text=any(c.free_text for c in commands),
        needs_payload=any(c.needs_payload for c in commands),
        fallback=one_of(c.fallback for c in commands if c.fallback),
    )
