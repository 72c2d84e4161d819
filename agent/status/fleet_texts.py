"""What people read of the fleet: one text for each state, and the banners, in English and Russian."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from agent.fleet.state import (
    Claim,
    Doubt,
    FleetState,
    HostLife,
    HostState,
    Leading,
    LeftOut,
    Net,
    RefusedBy,
)
from agent.language import Bilingual
from agent.onlinesim.report import shown
from agent.status.snapshot import BannerKind, DoubtRow

Text = tuple[str, str]

STATES: Final[dict[HostState, Text]] = {
    HostState.JOINING: ("joining", "подключается"),
    HostState.MEMBER: ("member", "участник"),
    HostState.LEADER: ("speaks", "ведущая"),
    HostState.CUT_OFF: ("cut off", "нет связи с Redis"),
    HostState.REFUSED: ("refused", "не принята"),
}
LEADING: Final[dict[Leading, Text]] = {
    Leading.GATHERING: ("gathering", "собирает данные"),
    Leading.SPEAKING: ("speaks", "ведущая"),
    Leading.BLIND: ("speaks without the engine", "ведущая без связи с Redis"),
}
LIVES: Final[dict[HostLife, Text]] = {
    HostLife.RUNNING: ("running", "работает"),
    HostLife.STARTING: ("starting", "запускается"),
    HostLife.LEFT: ("stopped", "остановлена"),
    HostLife.SILENT: ("silent", "не отвечает"),
}
LEFT_OUT: Final[dict[LeftOut, Text]] = {
    LeftOut.TOO_MANY: ("more numbers than modules", "номеров больше, чем модулей"),
    LeftOut.KEY: ("another server or API key", "другой сервер или ключ API"),
    LeftOut.VERSION: ("another version of the fleet", "другая версия протокола группы"),
}
_REFUSED: Final[dict[RefusedBy, Text]] = {
    RefusedBy.NAME: (
        "Another agent calls itself {host}, so this one reports nothing: give each host its own fleet.host",
        "Другой агент уже называет себя {host}, поэтому этот не передаёт ничего: задайте каждой машине свой fleet.host",
    ),
    RefusedBy.KEY: (
        (
            "This host has another server or API key than the fleet, and nothing of it is reported: make both equal, or"
            " give it another fleet.account"
        ),
        (
            "У этой машины другой сервер или ключ API, чем у группы, её номера не передаются: сделайте их одинаковыми"
            " или укажите другой fleet.account"
        ),
    ),
    RefusedBy.VERSION: (
        "The fleet speaks a version that this agent cannot read, so nothing of it is reported: update this agent",
        "Группа работает на версии, которую этот агент не понимает, поэтому его номера не передаются: обновите агента",
    ),
}
_JOINING: Final = (
    "This host is joining the fleet: the engine has not taken its first sign of life yet{why}",
    "Машина подключается к группе: Redis ещё не принял её первый сигнал{why}",
)
_CUT_OFF: Final = (
    (
        "No connection to the engine{why}. The modules are still asked; numbers of this host leave the list when its"
        " lease ends, and come back with the connection"
    ),
    (
        "Нет связи с Redis{why}. Модули опрашиваются; номера этой машины уйдут из списка, когда истечёт её срок,"
        " и вернутся вместе со связью"
    ),
)
_GATHERING: Final = (
    "This host has taken the lead: its first list waits until all living hosts are in it",
    "Машина стала ведущей: первый список уйдёт, когда в нём будут все работающие машины",
)
_BLIND: Final = (
    "This host speaks without a connection to the engine{why}: only whole lists go out, none once a lease has ended",
    "Ведущая машина без связи с Redis{why}: уходят только полные списки, а когда истечёт чей-нибудь срок — никакие",
)
_NOBODY: Final = (
    "No host speaks to Onlinesim now; one takes over when the lease of the last speaker has ended",
    "Сейчас с Onlinesim не работает ни одна машина; другая станет ведущей, когда истечёт срок прежней",
)
_LEFT_OUT: Final = (
    "Nothing of this host is in the list: {why}",
    "Номеров этой машины нет в списке: {why}",
)
_DOUBTS: Final = (
    "Two hosts claim the same SIM or number, which is in neither's list: {what}",
    "Одну и ту же SIM-карту или номер называют две машины, в список он не входит: {what}",
)
_TIMER: Final = (
    "The run before this one was ended by the kernel: it had slept during a report. See docs/fleet.md",
    "Предыдущий запуск завершило ядро: процесс остановился во время отчёта. См. docs/fleet.md",
)


def bilingual(text: Text, **values: object) -> Bilingual:
    """Fill in both languages."""
    en, ru = text
    return Bilingual(en=en.format(**values), ru=ru.format(**values))


def state_text(state: FleetState) -> Bilingual:
    """Return how this host stands in the fleet, in a word or two."""
    leading = LEADING.get(state.leading) if state.leading is not None else None
    return Bilingual(*(leading or STATES[state.state]))


def doubt_text(doubt: Doubt) -> Bilingual:
    """Return why a live number is not in the list, naming the other hosts."""
    where = ", ".join(f"{host}/{module}" for host, module in doubt.others)
    if doubt.claim is Claim.CARD:
        return bilingual(
            ("the same SIM is in {where}: in neither's list", "та же SIM-карта у {where}: в списке её нет"),
            where=where,
        )
    return bilingual(
        ("the same number is in {where}: in neither's list", "тот же номер у {where}: в списке его нет"),
        where=where,
    )


def doubt_row(doubt: Doubt) -> DoubtRow:
    """Return what a module's row says of it."""
    where = next((f"{host}/{module}" for host, module in doubt.others), "")
    return DoubtRow(claim=doubt.claim.value, where=where, text=doubt_text(doubt))


def banners(state: FleetState) -> Iterator[tuple[BannerKind, Bilingual]]:
    """Yield what the operator must not overlook, worst first."""
    why = f" ({state.engine.trouble})" if state.engine.trouble else ""
    match state.state:
        case HostState.REFUSED if state.refused is not None:
            yield BannerKind.FLEET_OUT, bilingual(_REFUSED[state.refused], host=state.host)
        case HostState.CUT_OFF:
            yield BannerKind.FLEET_OUT, bilingual(_CUT_OFF, why=why)
        case HostState.JOINING:
            yield BannerKind.FLEET_WAIT, bilingual(_JOINING, why=why)
        case HostState.MEMBER if state.leader is None:
            yield BannerKind.FLEET, bilingual(_NOBODY)
    if state.leading is Leading.BLIND:
        yield BannerKind.FLEET, bilingual(_BLIND, why=why)
    if state.left_out is not None:
        en, ru = LEFT_OUT[state.left_out]
        yield BannerKind.FLEET_OUT, Bilingual(en=_LEFT_OUT[0].format(why=en), ru=_LEFT_OUT[1].format(why=ru))
    if state.doubts:
        what = shown([_doubt_shown(doubt) for doubt in state.doubts])
        yield BannerKind.FLEET, bilingual(_DOUBTS, what=what)
    if state.fenced.get(Net.TIMER):
        yield BannerKind.FLEET, bilingual(_TIMER)
    if state.leading is Leading.GATHERING:
        yield BannerKind.FLEET_WAIT, bilingual(_GATHERING)


def _doubt_shown(doubt: Doubt) -> str:
    places = ((doubt.host, doubt.module), *doubt.others)
    return f"{doubt.number} ({', '.join(f'{host}/{module}' for host, module in places)})"
