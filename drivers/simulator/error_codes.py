"""Refusals: the codes and words of +CME ERROR (3GPP TS 27.007 §9.2) and +CMS ERROR (27.005 §3.2.5)."""

from __future__ import annotations


class Refusal(Exception):
    """A command is refused. `kind` is "CME", "CMS", or "" for a plain ERROR."""

    def __init__(self, kind: str = "", code: int = 0) -> None:
        super().__init__(f"{kind} {code}" if kind else "ERROR")
        self.kind = kind
        self.code = code

    @property
    def words(self) -> str:
        """The verbose text, as +CMEE=2 asks for it."""
        table = CME_WORDS if self.kind == "CME" else CMS_WORDS
        return table.get(self.code, "unknown error")


class FinalText(Exception):
    """A command ends with another final result than OK or ERROR: NO CARRIER, a vendor's refusal."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def refusal(text: str) -> Refusal | FinalText:
    """Parse a refusal of a personality: "ERROR", "CME 10", "CMS 310", or the final result itself."""
    kind, _, code = text.partition(" ")
    if text == "ERROR":
        return Refusal()
    if kind in {"CME", "CMS"} and code.isdecimal():
        return Refusal(kind, int(code))
    return FinalText(text)


CME_WORDS = {
    0: "phone failure",
    3: "operation not allowed",
    4: "operation not supported",
    5: "PH-SIM PIN required",
    10: "SIM not inserted",
    11: "SIM PIN required",
    12: "SIM PUK required",
    13: "SIM failure",
    14: "SIM busy",
    15: "SIM wrong",
    16: "incorrect password",
    20: "memory full",
    21: "invalid index",
    22: "not found",
    23: "memory failure",
    26: "dial string too long",
    27: "invalid characters in dial string",
    30: "no network service",
    31: "network timeout",
    32: "network not allowed - emergency calls only",
    50: "incorrect parameters",
    100: "unknown",
    515: "please wait, init or command processing in progress",
}
CMS_WORDS = {
    300: "ME failure",
    301: "SMS service of ME reserved",
    302: "operation not allowed",
    303: "operation not supported",
    304: "invalid PDU mode parameter",
    305: "invalid text mode parameter",
    310: "SIM not inserted",
    311: "SIM PIN required",
    313: "SIM failure",
    314: "SIM busy",
    316: "SIM PUK required",
    321: "invalid memory index",
    322: "memory full",
    331: "no network service",
    500: "unknown error",
}

NOT_ALLOWED = ("CME", 3)
NOT_FOUND = ("CME", 22)
NO_SERVICE = ("CME", 30)
INCORRECT_PARAMETERS = ("CME", 50)
