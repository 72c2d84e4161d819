"""The rows of a sims_file: what each says, and what is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from agent.config.problem import Problem, excerpt
from agent.formats import e164, iccid
from agent.formats.number_fault import Fault, Objection, named
from agent.formats.written_number import Written, odd_character, read, visible
from agent.language import N_, _, current_language, ngettext
from agent.numbers.csv_sheet import LONGEST_LINE, WITHOUT_HEADER, Row, Sheet, sheet
from agent.numbers.home import in_e164
from agent.numbers.resolve import FileEntry

_NO_SIM = N_("is neither an ICCID (89…, 18 to 20 digits) nor an IMSI")
_PLAIN_COLUMNS = 2
"""With so few columns it is plain which one has the numbers; among more a guess may take a running number."""
_ORDER = N_("the ICCID comes first, then the number")
_YES = {"1", "1.0", "true", "yes", "y", "да"}
_NO = {"0", "0.0", "false", "no", "n", "нет"}
_ROUNDED = re.compile(r"\d[.,]?\d*e\+?\d+|\d{17,}[.,]0*", re.IGNORECASE)
_SPREADSHEET_DIGITS = 15
"""A spreadsheet keeps 15 digits of a number and pads it with zeros."""
_SPREADSHEET_HINT = N_("a spreadsheet has rounded it: format the column as text and enter it again")


def parse(text: str, file: str) -> tuple[tuple[FileEntry, ...], tuple[Problem, ...]]:
    """Return the good rows, and a problem for each bad one. Rows with neither number nor rent are skipped.

    A row whose number alone is bad is among the good ones too, with the text of that number.
    """
    reading = _Reading(file, sheet(text))
    reading.read()
    problems = sorted(reading.problems, key=lambda found: (found.line, found.column))
    return tuple(reading.entries), tuple(problems)


@dataclass(slots=True)
class _Reading:
    """The rows and problems found so far."""

    file: str
    sheet: Sheet
    entries: list[FileEntry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _cards: dict[str, list[FileEntry]] = field(default_factory=dict)

    def read(self) -> None:
        self._check_header()
        for row in self.sheet.rows:
            if len(row.text) > LONGEST_LINE:
                message = ngettext(
                    "the line is longer than {n} character",
                    "the line is longer than {n} characters",
                    LONGEST_LINE,
                )
                hint = _("each SIM has a line of its own")
                self._report(row, "", "", message.format(n=LONGEST_LINE), hint)
                continue
            before = len(self.problems)
            entry = self._entry(row)
            if len(self.problems) == before:
                if entry is not None and self._is_first(entry, row):
                    self.entries.append(entry)
            elif all(found.key == "number" for found in self.problems[before:]):
                self._keep_bad_number(row)
        self._reject_rounded()

    def _check_header(self) -> None:
        header, names = self.sheet.header, self.sheet.columns.keys()
        if header is not None and ("number" not in names or not {"iccid", "imsi"} & names):
            self._report(header, "", "", _("the header must name iccid and number"))
            by_place = (
                WITHOUT_HEADER if len(header.cells) <= _PLAIN_COLUMNS else {"iccid": WITHOUT_HEADER["iccid"]}
            )
            self.sheet = replace(self.sheet, columns={**by_place, **self.sheet.columns})

    def _entry(self, row: Row) -> FileEntry | None:
        sim = self._sim(row)
        number = self._number(row)
        text = self.sheet.cell(row, "rent")
        rent = self._rent(row, text) if text else None
        if sim is None or (number is None and rent is None):
            return None
        return FileEntry(sim, number, rent, row.line)

    def _sim(self, row: Row) -> str | None:
        imsi = self.sheet.cell(row, "imsi")
        if imsi and iccid.as_imsi(imsi) is None and not _ROUNDED.fullmatch(imsi):
            is_number = isinstance(read(imsi), Written)
            hint = _("a number belongs in the column number") if is_number else ""
            self._report(row, "imsi", imsi, _("is not an IMSI"), hint)
        text, name = self.sheet.cell(row, "iccid"), "iccid"
        if not text and imsi:
            text, name = imsi, "imsi"
        sim = iccid.as_sim(text)
        if sim is None and not (name == "imsi" and self.problems and self.problems[-1].key == "imsi"):
            self._report(row, name, text, _(_NO_SIM) if text else _("is missing"), _sim_hint(text))
        return sim

    def _number(self, row: Row) -> str | None:
        """The number of a row as `resolve` takes it; reports one that is none, or whose country is in doubt."""
        cells = self.sheet.numbers(row)
        read_as = [self._read(row, text) for text in cells]
        if len({number for number, _text in read_as if isinstance(number, str)}) > 1:
            message = _("and {other} are two numbers").format(other=cells[1])
            self._report(row, "number", cells[0], message, _("keep one of them"))
        for text, (number, written) in zip(cells, read_as, strict=True):
            if isinstance(number, str):
                return written
            is_sim = number.fault is not Fault.ROUNDED and iccid.as_sim(text) is not None
            language = current_language()
            message = _("is an ICCID or IMSI, not a number") if is_sim else number.message(language)
            self._report(row, "number", text, message, _(_ORDER) if is_sim else number.hint(language))
        return None

    def _read(self, row: Row, text: str) -> tuple[str | Objection, str]:
        """A number in E.164 form, as far as the row tells the country; and as it is kept until its SIM is seen."""
        written = read(text)
        if isinstance(written, Objection):
            return written, ""
        card = iccid.as_iccid(self.sheet.cell(row, "iccid"))
        imsi = iccid.as_imsi(self.sheet.cell(row, "imsi")) or iccid.as_imsi(self.sheet.cell(row, "iccid"))
        number = in_e164(written, card, imsi)
        if written.plus:
            return number, number if isinstance(number, str) else ""
        return number, str(written)

    def _rent(self, row: Row, text: str) -> bool | None:
        if text.lower() in _YES | _NO:
            return text.lower() in _YES
        self._report(row, "rent", text, _("must be 0 or 1"))
        return None

    def _keep_bad_number(self, row: Row) -> None:
        """Keep a number that is none, so that its SIM's verdict can tell it and the row."""
        sim = iccid.as_sim(self.sheet.cell(row, "iccid") or self.sheet.cell(row, "imsi"))
        text = self.sheet.numbers(row)[0]
        if sim is not None and isinstance(self._read(row, text)[0], Objection):
            self.entries.append(FileEntry(sim, text, None, row.line))

    def _is_first(self, entry: FileEntry, row: Row) -> bool:
        cards = self._cards.setdefault(iccid.card_key(entry.sim), [])
        other = next((one for one in cards if iccid.same_card(one.sim, entry.sim)), None)
        cards.append(entry)
        if other is None:
            return True
        if (other.number, other.rent) != (entry.number, entry.rent):
            hint = _(_SPREADSHEET_HINT) if _may_be_rounded(entry.sim) else _("keep one of them")
            message = _("is in line {line} too, with another number or rent")
            self._report(row, "iccid", entry.sim, message.format(line=other.line), hint)
        return False

    def _reject_rounded(self) -> None:
        """Reject ICCIDs that end in zeros from the 16th digit on, if there are several: cards have no such numbers."""
        rounded = [entry for entry in self.entries if _may_be_rounded(entry.sim)]
        if len(rounded) < 2:
            return
        for entry in rounded:
            row = Row(entry.line, entry.sim, [])
            self._report(row, "iccid", entry.sim, _("ends in zeros, and so do others"), _(_SPREADSHEET_HINT))
        self.entries = [entry for entry in self.entries if entry not in rounded]

    def _report(self, row: Row, key: str, text: str, message: str, hint: str = "") -> None:
        column = max(row.text.find(text), 0) + 1
        text = excerpt(text)
        if text:
            message = _("{text} {fault}").format(text=text, fault=message)
        found = Problem(
            file=self.file, line=row.line, column=column, key=key, text=text, message=message, hint=hint
        )
        self.problems.append(found)


def _sim_hint(text: str) -> str:
    if _ROUNDED.fullmatch(text):
        return _(_SPREADSHEET_HINT)
    if e164.is_international(text):
        return _(_ORDER)
    odd = odd_character(visible(text), " -ABCDEFabcdef")
    return _("it holds {character}").format(character=named(odd, current_language())) if odd else ""


def _may_be_rounded(sim: str) -> bool:
    tail = sim[_SPREADSHEET_DIGITS:]
    return len(tail) >= 4 and set(tail) == {"0"}
