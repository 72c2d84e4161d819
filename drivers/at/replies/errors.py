"""The codes of +CME ERROR and +CMS ERROR, their words, and the SIM state they mean.

3GPP TS 27.007 §9.2, 27.005 §3.2.5; docs/at-field-guide.md §3.2. Codes about the command have no SIM state.
"""

from __future__ import annotations

from typing import Final

from drivers.observation import SimState

_CME_WORDS: Final = {
    "phone failure": 0,
    "no connection to phone": 1,
    "phone-adaptor link reserved": 2,
    "operation not allowed": 3,
    "operation not supported": 4,
    "PH-SIM PIN required": 5,
    "PH-FSIM PIN required": 6,
    "PH-FSIM PUK required": 7,
    "SIM not inserted": 10,
    "SIM PIN required": 11,
    "SIM PUK required": 12,
    "SIM failure": 13,
    "SIM busy": 14,
    "SIM wrong": 15,
    "incorrect password": 16,
    "SIM PIN2 required": 17,
    "SIM PUK2 required": 18,
    "memory full": 20,
    "invalid index": 21,
    "not found": 22,
    "memory failure": 23,
    "text string too long": 24,
    "invalid characters in text string": 25,
    "dial string too long": 26,
    "invalid characters in dial string": 27,
    "no network service": 30,
    "network timeout": 31,
    "network not allowed - emergency calls only": 32,
    "network personalization PIN required": 40,
    "network personalization PUK required": 41,
    "network subset personalization PIN required": 42,
    "network subset personalization PUK required": 43,
    "service provider personalization PIN required": 44,
    "service provider personalization PUK required": 45,
    "corporate personalization PIN required": 46,
    "corporate personalization PUK required": 47,
    "hidden key required": 48,
    "incorrect parameters": 50,
    "unknown": 100,
    "unknown error": 100,
    "SIM blocked": 262,
    "unspecified": 500,
    "device busy": 515,
    "please wait": 515,
    "SIM not ready": 532,
    "SIM invalid": 770,
    "SIM powered down": 772,
    # Some modules put the words of +CPIN after +CME ERROR.
    "SIM removed": 10,
    "SIM PIN": 11,
    "SIM PUK": 12,
    "not ready": 532,
} | {
    f"{lock} {code}{ending}": number + (code == "PUK")
    for lock, number in {
        "PH-NET": 40,
        "PH-NETSUB": 42,
        "PH-SP": 44,
        "PH-CORP": 46,
        "network personalization": 40,
        "network subset personalization": 42,
        "service provider personalization": 44,
        "corporate personalization": 46,
    }.items()
    for code in ("PIN", "PUK")
    for ending in ("", " required")
}
_CMS_WORDS: Final = {
    "ME failure": 300,
    "SMS service of ME reserved": 301,
    "operation not allowed": 302,
    "operation not supported": 303,
    "invalid PDU mode parameter": 304,
    "invalid text mode parameter": 305,
    "SIM not inserted": 310,
    "SIM PIN required": 311,
    "PH-SIM PIN required": 312,
    "SIM failure": 313,
    "SIM busy": 314,
    "SIM wrong": 315,
    "SIM PUK required": 316,
    "SIM PIN2 required": 317,
    "SIM PUK2 required": 318,
    "memory failure": 320,
    "invalid memory index": 321,
    "memory full": 322,
    "SMSC address unknown": 330,
    "no network service": 331,
    "network timeout": 332,
    "no +CNMA acknowledgement expected": 340,
    "unknown error": 500,
}


def _letters(words: str) -> str:
    # Modules differ in blanks, hyphens and case, and in British spelling ("personalisation").
    return "".join(c for c in words.lower() if c.isalnum()).replace("isation", "ization")


_CME = {_letters(words): code for words, code in _CME_WORDS.items()}
_CMS = {_letters(words): code for words, code in _CMS_WORDS.items()}
# Of several texts for one code the first is the standard's.
_CME_SPELT = {code: words for words, code in reversed(_CME_WORDS.items())}
_CMS_SPELT = {code: words for words, code in reversed(_CMS_WORDS.items())}

_SIM_STATE: Final = {
    SimState.ERROR: (0, 3, 13, 15, 16, 100, 313, 315, 770),
    SimState.PIN: (11, 311),
    SimState.PUK: (12, 262, 316),
    SimState.LOCKED: (5, 6, 7, 40, 41, 42, 43, 44, 45, 46, 47, 48, 312),
    SimState.ABSENT: (10, 310),
    SimState.BUSY: (14, 314, 515, 532),
    SimState.READY: (17, 18, 317, 318),  # PIN2 and PUK2 lock only fixed dialling and the like
    SimState.NOT_READY: (772,),
}
_STATE_OF = {code: state for state, codes in _SIM_STATE.items() for code in codes}


def cme_code(words: str) -> int | None:
    """The code for the words of +CME ERROR; None for unknown words."""
    return _CME.get(_letters(words))


def cms_code(words: str) -> int | None:
    """The code for the words of +CMS ERROR; None for unknown words."""
    return _CMS.get(_letters(words))


def cme_words(code: int) -> str | None:
    """The words of +CME ERROR for a code, as 27.007 §9.2 spells them; None for an unknown code."""
    return _CME_SPELT.get(code)


def cms_words(code: int) -> str | None:
    """The words of +CMS ERROR for a code (27.005 §3.2.5); None for an unknown code."""
    return _CMS_SPELT.get(code)


def sim_state(code: int | None) -> SimState | None:
    """The SIM state that an error code means; None for a code that means none, and for a plain ERROR (no code)."""
    return None if code is None else _STATE_OF.get(code)
