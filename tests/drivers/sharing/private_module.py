"""A module as V.250, 27.005 and 27.007 describe it, small and without I/O.

Written from the standards and not from our code: this is what a client would get from a module of its own, and the
shared port has to look like it, whoever else uses the module.
"""

from __future__ import annotations

import re

CODES = {"E": {10: "SIM not inserted", 3: "operation not allowed"}, "S": {304: "invalid PDU mode parameter"}}
DIGITS = {"OK": "0", "CONNECT": "1", "RING": "2", "NO CARRIER": "3", "ERROR": "4"}
COMMAND = re.compile(r'[+](?:"[^"]*"|[^";])*|&?[A-Z]\d*(?:=\d+)?|S\d+(?:=\d+)?', re.IGNORECASE)


class PrivateModule:
    """Takes bytes and returns bytes.

    `short_ends`: no LF behind a final result, as on MC55. `prompts_lines`: `> ` for each line of a text.
    """

    def __init__(self, *, short_ends=False, prompts_lines=False):
        self.short_ends = short_ends
        self.prompts_lines = prompts_lines
        self.sent = []
        self.lac = "0001"
        self.stat = "1"
        self.scs = '"GSM"'
        self.typed = bytearray()
        self.body = None
        self.data = False
        self.last = None
        self.reset()

    def reset(self):
        self.echo, self.verbose, self.quiet = True, True, False
        self.cmee, self.creg = "0", "0"

    def hear(self, data):
        out = bytearray()
        for byte in data:
            if self.data:
                out += self._hear_data(byte)
            elif self.body is not None:
                out += self._hear_body(byte)
            else:
                out += self._hear_command(byte)
        return bytes(out)

    def _hear_data(self, byte):
        self.typed.append(byte)
        if self.typed.endswith(b"+++"):
            self.typed.clear()
            self.data = False
            return self._final("OK")
        return bytes([byte])  # the far end echoes

    def _hear_body(self, byte):
        out = bytes([byte]) if self.echo else b""
        if byte == 0x1A:
            body, self.body = bytes(self.body), None
            if body.startswith(b"bad"):
                return out + self._final(self._error("S", 304))
            self.sent.append(body)
            return out + self._line("+CMGS: 1") + self._final("OK")
        if byte == 0x1B:
            self.body = None
            return out + self._final("OK")
        self.body.append(byte)
        return out + (b"\r\n> " if byte == 0x0D and self.prompts_lines else b"")

    def _hear_command(self, byte):
        out = bytes([byte]) if self.echo else b""
        if byte == 0x08:
            del self.typed[-1:]
            return out
        if byte != 0x0D:
            self.typed.append(byte)
            if self.typed.strip().upper() == b"A/":
                self.typed.clear()
                return out + (self._work(self.last) if self.last is not None else b"")
            return out
        line = self.typed.decode("latin-1")
        self.typed.clear()
        start = line.upper().find("AT")
        if start < 0:
            return out
        self.last = line[start + 2 :]
        return out + self._work(self.last)

    def _work(self, body):
        lines, final = [], "OK"
        if body[:1].upper() == "D":
            self.data = True
            return self._final("CONNECT 9600")
        commands = COMMAND.findall(body)
        if "".join(commands) != body.replace(";", "").replace(" ", ""):
            commands = ["+UNKNOWN"]
        for command in commands:
            said = self._one(command)
            if said is None:
                return self._lines(lines) + b"\r\n> "
            if isinstance(said, list):
                lines += said
            else:
                final = said
                break
        return self._lines(lines) + self._final(final)

    def _one(self, command):
        name, equals, value = command.upper().partition("=")
        if name[0] in "EVQ" and not equals:
            on = name[1:] not in {"", "0"}
            if name[0] == "E":
                self.echo = on
            elif name[0] == "V":
                self.verbose = on
            else:
                self.quiet = on
            return []
        match name, equals:
            case ("Z", _) | ("&F", _):
                self.reset()
                return []
            case "+CMEE", "=":
                self.cmee = value
            case "+CMEE?", _:
                return [f"+CMEE: {self.cmee}"]
            case "+CREG", "=":
                self.creg = value
            case "+CREG?", _:
                place = f',"{self.lac}","00C1"' if self.creg == "2" else ""
                return [f"+CREG: {self.creg},{self.stat}{place}"]
            case "+CSCS", "=":
                self.scs = value
            case "+CSCS?", _:
                return [f"+CSCS: {self.scs}"]
            case "+CSQ", _:
                return ["+CSQ: 20,99"]
            case "+CGMI", _:
                return ["ACME", "second line"]
            case "+CPIN?", _:
                return self._error("E", 10)
            case "+CFUN", "=":
                return self._error("E", 3)
            case "+CMGS", "=":
                self.body = bytearray()
                return None
            case _:
                return "ERROR"
        return []

    def _error(self, family, code):
        if family == "E" and self.cmee == "0":
            return "ERROR"
        return f"+CM{family} ERROR: {CODES[family][code] if self.cmee == '2' else code}"

    def _lines(self, lines):
        return b"".join(map(self._line, lines))

    def _line(self, line):
        return (("\r\n" if self.verbose else "") + line + "\r\n").encode("latin-1")

    def _final(self, final):
        if self.quiet:
            return b""
        if self.verbose:
            return f"\r\n{final}\r".encode() + (b"" if self.short_ends else b"\n")
        digit = DIGITS.get(final.split()[0] if final.startswith("CONNECT") else final)
        return f"{digit}\r".encode() if digit else f"{final}\r\n".encode()

    # What happens to it

    def move(self, stat, lac):
        """Another cell, or another registration: its URC, if that is switched on."""
        changed, self.stat, self.lac = stat != self.stat, stat, lac
        if self.body is not None or self.data or self.creg == "0" or (self.creg == "1" and not changed):
            return b""
        return self._line(f"+CREG: {stat}" + (f',"{lac}","00C1"' if self.creg == "2" else ""))

    def ring(self):
        if self.body is not None or self.data:
            return b""
        return self._line("RING") if self.verbose else b"2\r"
