"""What each row of the sims_file says, or what is wrong with it.

Responsible for telling good rows from bad ones, each bad one named by its line and all at once. Must not know how a
row is taken apart, nor whether the SIM is there.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field, replace
from pathlib import Path

from agent.config.problem import Places, Problem, excerpt
from agent.formats import e164, iccid
from agent.numbers.csv_sheet import WITHOUT_HEADER, Row, Sheet, sheet

_NO_SIM = "is neither an ICCID (89…, 18 to 20 digits) nor an IMSI"
_YES = {"1", "true", "yes", "y", "да"}
_NO = {"0", "false", "no", "n", "нет"}
_ROUNDED = re.compile(r"\d[.,]?\d*e\+?\d+", re.IGNORECASE)
_SPREADSHEET_DIGITS = 15
"""A spreadsheet keeps 15 digits of a number and fills up with zeros."""

_SPREADSHEET_HINT = "a spreadsheet has rounded it: format the column as text and enter it again"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One row: `sim` is an ICCID or IMSI, `number` "+…" or national digits; None where it is left open."""

    sim: str
    number: str | None
    rent: bool | None
    line: int


def parse(text: str, file: str) -> tuple[tuple[FileEntry, ...], tuple[Problem, ...]]:
    """Read the file: the good rows, and a problem for each bad one. Rows that tell nothing are passed over."""
    reading = _Reading(file, sheet(text))
    reading.read()
    problems = sorted(reading.problems, key=lambda found: (found.line, found.column))
    return tuple(reading.entries), tuple(problems)


def unreadable(path: Path, why: OSError | UnicodeDecodeError, places: Places) -> Problem:
    """The file as a whole cannot be read: told at the line of config.yaml that names it."""
    name = shlex.quote(str(path))
    if isinstance(why, UnicodeDecodeError):
        reason, hint = "it is not UTF-8", "save it as CSV UTF-8"
    elif isinstance(why, FileNotFoundError):
        reason, hint = "there is no such file", "create it with `simbank-agent sims --write`"
    elif isinstance(why, PermissionError):
        reason = "this account may not"
        hint = f"give the agent's user the right to read it: `ls -l {name}`"
    else:
        reason, hint = why.strerror or str(why) or "the disk does not answer", "name a CSV file there"
    return places.problem(("sims_file",), f"{path} cannot be read: {reason}", hint)


@dataclass(slots=True)
class _Reading:
    """What was read so far."""

    file: str
    sheet: Sheet
    entries: list[FileEntry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _cards: dict[str, list[FileEntry]] = field(default_factory=dict)

    def read(self) -> None:
        self._check_header()
        for row in self.sheet.rows:
            before = len(self.problems)
            entry = self._entry(row)
            if entry is not None and len(self.problems) == before and self._is_first(entry, row):
                self.entries.append(entry)
        self._look_for_rounding()

    def _check_header(self) -> None:
        header, names = self.sheet.header, self.sheet.columns.keys()
        if header is not None and ("number" not in names or not {"iccid", "imsi"} & names):
            self._complain(header, "", "", "the header needs the names iccid and number")
            self.sheet = replace(self.sheet, columns=dict(WITHOUT_HEADER))

    def _entry(self, row: Row) -> FileEntry | None:
        sim = self._sim(row)
        text = self.sheet.cell(row, "number")
        number = self._number(row, text) if text else None
        text = self.sheet.cell(row, "rent")
        rent = self._rent(row, text) if text else None
        if sim is None or (number is None and rent is None):
            return None
        return FileEntry(sim, number, rent, row.line)

    def _sim(self, row: Row) -> str | None:
        text, name = self.sheet.cell(row, "iccid"), "iccid"
        if not text and (imsi := self.sheet.cell(row, "imsi")):
            text, name = imsi, "imsi"
        sim = iccid.as_sim(text)
        if sim is None:
            hint = _SPREADSHEET_HINT if _ROUNDED.fullmatch(text) else ""
            if e164.is_international(text):
                hint = "the ICCID comes first, then the number"
            self._complain(row, name, text, _NO_SIM if text else "is missing", hint)
        return sim

    def _number(self, row: Row, text: str) -> str | None:
        digits = re.sub(r"[\s()./\-]", "", text)
        if _ROUNDED.fullmatch(text):
            self._complain(row, "number", text, "is no number", _SPREADSHEET_HINT)
        elif digits.startswith("+") and not e164.is_international(digits):
            self._complain(row, "number", text, "is no number of any country", "check the digits after the +")
        elif not re.fullmatch(r"\+?[0-9]{4,18}", digits, re.ASCII):
            self._complain(row, "number", text, "is no number", "write + and the country code")
        else:
            return digits
        return None

    def _rent(self, row: Row, text: str) -> bool | None:
        if text.lower() in _YES | _NO:
            return text.lower() in _YES
        self._complain(row, "rent", text, "must be 0 or 1")
        return None

    def _is_first(self, entry: FileEntry, row: Row) -> bool:
        cards = self._cards.setdefault(iccid.card_key(entry.sim), [])
        twin = next((other for other in cards if iccid.same_card(other.sim, entry.sim)), None)
        cards.append(entry)
        if twin is None:
            return True
        if (twin.number, twin.rent) != (entry.number, entry.rent):
            hint = _SPREADSHEET_HINT if _may_be_rounded(entry.sim) else "keep one of them"
            message = f"stands in line {twin.line} too, with something else"
            self._complain(row, "iccid", entry.sim, message, hint)
        return False

    def _look_for_rounding(self) -> None:
        """Several ICCIDs that end in zeros from the 16th digit on were never printed on cards."""
        rounded = [entry for entry in self.entries if _may_be_rounded(entry.sim)]
        if len(rounded) < 2:
            return
        for entry in rounded:
            row = Row(entry.line, entry.sim, [])
            self._complain(row, "iccid", entry.sim, "ends in zeros, as others do", _SPREADSHEET_HINT)
        self.entries = [entry for entry in self.entries if entry not in rounded]

    def _complain(self, row: Row, key: str, text: str, message: str, hint: str = "") -> None:
        column = max(row.text.find(text), 0) + 1
        text = excerpt(text)
        words = f"{text} {message}" if text else message
        self.problems.append(
            Problem(
                file=self.file, line=row.line, column=column, key=key, text=text, message=words, hint=hint
            )
        )


def _may_be_rounded(sim: str) -> bool:
    tail = sim[_SPREADSHEET_DIGITS:]
    return len(tail) >= 4 and set(tail) == {"0"}
