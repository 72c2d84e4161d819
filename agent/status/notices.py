"""Faults of the agent itself that the operator can fix: the notices above the modules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from agent.bank.bank_log import BankLog
from agent.bank.inventory import RAISE_DESCRIPTORS
from agent.decision.verdict import Reason
from agent.formats.plurals import counted
from agent.numbers.sims_file import SimsFile
from agent.onlinesim.advice import NOT_TAKEN, SET_CLOCK
from agent.onlinesim.report import shown
from agent.onlinesim.server_date import off_by
from agent.status.snapshot import Bilingual
from agent.store.store import Store
from drivers.sharing import SharedPorts

_FEW = (
    "{0} open files are allowed, {1} modules need {2}; some ports stay closed: " + RAISE_DESCRIPTORS[0],
    "Разрешено открытых файлов: {0}, модулям ({1}) нужно {2}; часть портов не откроется: "
    + RAISE_DESCRIPTORS[1],
)


class Notices:
    """The faults of one running agent.

    `bad_rows`: how many rows of the sims_file were skipped; `sims_file`: what it gave. `not_taken`: the numbers to
    which Onlinesim gave no id.
    """

    def __init__(self, *, store: Store, shared_ports: SharedPorts, bank_log: BankLog) -> None:
        self.bad_rows = 0
        self.sims_file = SimsFile()
        self.not_taken: tuple[str, ...] = ()
        self.wrong_clock: Bilingual | None = None
        """How far this host's clock is off, by the answers of Onlinesim."""
        self.unasked: Bilingual | None = None
        """Why nothing is reported, while no module of this run could be asked."""
        self.alerts: Bilingual | None = None
        """Why nobody can be told what is wrong."""
        self._store = store
        self._shared_ports = shared_ports
        self._bank_log = bank_log
        self._clash = ""
        self._few_descriptors: tuple[int, int, int] | None = None

    def set_clash(self, clash: str) -> None:
        """Take note of which names clash since a port came; "" where none do any more."""
        self._clash = clash

    def set_few_descriptors(self, few: tuple[int, int, int] | None) -> None:
        """Take note of the limit of open files, the modules, and what they need; None where it is enough."""
        self._few_descriptors = few

    def current(self) -> list[Bilingual]:
        """Return the faults there are now, each in English and Russian."""
        faults = (
            (self._store.problem, "{}", "База данных: {}"),
            (self._shared_ports.problem, "Ports are not shared: {}", "Общие порты не работают: {}"),
            (self._clash, "New ports are ignored: {}", "Новые порты не используются: {}"),
            (
                self.bad_rows,
                "Bad rows in sims_file: {}; `simbank-agent check` lists them",
                "Строк с ошибками в sims_file: {}; их покажет `simbank-agent check`",
            ),
            (
                shown(self.not_taken),
                "Onlinesim did not take {}: " + NOT_TAKEN[0],
                "Onlinesim не принял {}: " + NOT_TAKEN[1],
            ),
            (
                self._bank_log.outage,
                "{} modules went off the air together: row switch, hub, power?",
                "Модулей, пропавших одновременно: {}. Переключение ряда, хаб, питание?",
            ),
        )
        told = [Bilingual(en=en.format(fault), ru=ru.format(fault)) for fault, en, ru in faults if fault]
        told += self._unread()
        told += self._few()
        told += [self.alerts] if self.alerts is not None else []
        return [*filter(None, (self.unasked, self.wrong_clock)), *told]

    def _few(self) -> list[Bilingual]:
        few = self._few_descriptors
        return [] if few is None else [Bilingual(en=_FEW[0].format(*few), ru=_FEW[1].format(*few))]

    def _unread(self) -> list[Bilingual]:
        trouble, (en, ru) = self.sims_file.trouble, self.sims_file.meanwhile
        if trouble is None:
            return []
        return [
            Bilingual(
                en=f"sims_file cannot be read: {trouble.reason[0]}; {en}",
                ru=f"Файл sims_file не читается: {trouble.reason[1]}; {ru}",
            )
        ]


def unasked_text(reasons: Iterable[Reason]) -> Bilingual:
    """Return why an agent reports nothing whose modules have these reasons: none of them has answered."""
    why = Counter(reasons)
    total = why.total()
    all_ports = f"all {total} ports are" if total > 1 else "the only port is"
    if not total:
        en, ru = "no port was found", "не найдено ни одного порта"
    elif why[Reason.PORT_BUSY] == total:
        en = f"{all_ports} held by other programs"
        ru = f"все порты ({total}) заняты другими программами"
    elif why[Reason.PORT_BUSY] + why[Reason.NO_PERMISSION] == total:
        en = f"{all_ports} held by other programs or may not be opened"
        ru = f"все порты ({total}) заняты другими программами или закрыты для агента"
    else:
        en = f"none of {counted(total, 'module')} has told the state of its SIM"
        ru = f"ни один модуль из {total} не сообщил состояние своей SIM"
    return Bilingual(
        en=f"Nothing is reported, because no module could be asked: {en}. Run one agent for each account",
        ru=f"Отчётов нет, потому что ни один модуль не удалось опросить: {ru}."
        " На одну учётную запись — один агент",
    )


def clock_text(ahead: float) -> Bilingual:
    """Return that the clock is so many seconds ahead of Onlinesim's, below 0 for behind, and what to do."""
    return Bilingual(
        en=f"The clock of this host is {off_by(ahead)} Onlinesim's: {SET_CLOCK[0]}",
        ru=f"Часы этой машины {off_by(ahead, 'ru')} относительно часов Onlinesim: {SET_CLOCK[1]}",
    )
