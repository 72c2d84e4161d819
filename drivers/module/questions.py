"""Asking one module over one connection, and remembering what it does not answer.

Responsible for how long an answer is waited for, for trying several wordings of one question, and for
breaking off when the module or its SIM changes while it is asked. Must not know what is asked, in what
order, or why.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Final, Protocol, TypeVar

from drivers.at.commands import Command, chain
from drivers.errors import NoAnswer, Nonsense, Refused
from drivers.vendors import UrcMeaning

T = TypeVar("T")

USUAL_TIMEOUT: Final = 5.0
"""The answer timeout for which the patience of each Command is written, in seconds."""

_MARGIN: Final = 4
"""So many times longer than the last time an answer may take: a card or network that is busy is slower, not silent."""

_TOURS: Final = 3
"""So often all wordings are tried without success; then only the last one is, which needs no vendor."""

RESTARTS: Final = (UrcMeaning.RESTARTED, UrcMeaning.STOPPED)
"""News after which nothing holds that the module said, our settings included."""


class Asks(Protocol):
    """Anything that a module can be asked through; `drivers.link.link.Link` is one."""

    async def ask(self, command: Command, timeout: float | None = None) -> tuple[str, ...]:  # noqa: ASYNC109
        """The payload of the answer; raises Refused, NoAnswer, Nonsense, LinkLost."""
        ...


class Interrupted(Exception):
    """What was said before holds no longer: news of this meaning came while a question was under way."""

    def __init__(self, meaning: UrcMeaning) -> None:
        super().__init__(meaning.value)
        self.meaning = meaning


class Questions:
    """The questions to one module, from one start of it to the next."""

    def __init__(
        self,
        link: Asks,
        *,
        answer_timeout: float = USUAL_TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`answer_timeout`: seconds for a usual question; slower ones get as many times more as they need."""
        self.answer_timeout = answer_timeout
        self._link = link
        self._clock = clock
        self._took: dict[Command, float] = {}
        """Seconds that the last answer took; none where the last one did not come."""
        self._kept: dict[tuple[Command, ...], Command] = {}
        self._vain_tours: dict[tuple[Command, ...], int] = {}
        self._news: UrcMeaning | None = None
        self._minded: frozenset[UrcMeaning] = frozenset()

    def heed(self, *minded: UrcMeaning) -> None:
        """Begin anew: what was heard until now is known, and news of these meanings breaks in from now on."""
        self._news = None
        self._minded = frozenset(minded)

    def hear(self, meaning: UrcMeaning) -> None:
        """News of the module came. Of several the last counts, but nothing takes back a restart."""
        if meaning in self._minded and self._news not in RESTARTS:
            self._news = meaning

    def patience(self, *commands: Command) -> float:
        """Seconds to wait for these in one line: modules work them in turn, but none needs its worst time.

        A question that was answered before is not given its worst time again, but the usual one: a single lost
        answer must not cost a lease. After silence the worst is possible.
        """
        return max(self.answer_timeout, *map(self._longest, commands))

    def _longest(self, command: Command) -> float:
        worst = self.answer_timeout / USUAL_TIMEOUT * command.timeout
        return min(worst, _MARGIN * self._took[command]) if command in self._took else worst

    async def ask(self, command: Command, *, patience: float | None = None) -> tuple[str, ...]:
        """The payload; raises as the link does, and Interrupted where news made the answer worthless."""
        began = self._clock()
        try:
            lines = await self._link.ask(command, timeout=patience or self.patience(command))
        except NoAnswer as silence:
            self._took.pop(command, None)
            self._break_off(silence)
            raise
        except (Refused, Nonsense) as error:
            self._took[command] = self._clock() - began
            self._break_off(error)
            raise
        self._took[command] = self._clock() - began
        self._break_off(None)
        return lines

    async def ask_in_one_line(self, *commands: Command) -> tuple[str, ...]:
        """The payload of all of them; raises as `ask` does."""
        try:
            return await self.ask(chain(*commands), patience=self.patience(*commands))
        except NoAnswer:
            for command in commands:
                self._took.pop(command, None)
            raise

    def _break_off(self, error: Exception | None) -> None:
        if self._news is not None:
            raise Interrupted(self._news) from error

    async def tell(self, command: Command) -> bool:
        """Make a setting; whether the module took it. Raises NoAnswer and LinkLost."""
        try:
            await self.ask(command)
        except (Refused, Nonsense):
            return False
        return True

    async def read(self, command: Command, reader: Callable[[str], T | None]) -> T | None:
        """What the first line that tells something tells; raises as `ask` does."""
        return first_read(await self.ask(command), reader)

    def kept(self, wordings: tuple[Command, ...]) -> Command | None:
        """The wording that this module answered."""
        return self._kept.get(wordings)

    async def read_any(
        self,
        wordings: tuple[Command, ...],
        reader: Callable[[str], T | None],
        *,
        decides: Callable[[Refused], bool] = lambda _: False,
    ) -> T | None:
        """The same, trying one wording after the other; the one that answers is kept.

        A refusal that `decides` accepts is the answer to all wordings and is raised on; so are NoAnswer
        and LinkLost.
        """
        for command in self._candidates(wordings):
            try:
                value = await self.read(command, reader)
            except Refused as refused:
                if decides(refused):
                    raise
            except Nonsense:
                continue
            else:
                if value is not None:
                    self._kept[wordings] = command
                    return value
        self._vain_tours[wordings] = self._vain_tours.get(wordings, 0) + 1
        return None

    def _candidates(self, wordings: tuple[Command, ...]) -> tuple[Command, ...]:
        kept = self._kept.get(wordings)
        if kept is not None:
            return tuple(dict.fromkeys((kept, wordings[-1])))
        return wordings if self._vain_tours.get(wordings, 0) < _TOURS else wordings[-1:]


def first_read(lines: Iterable[str], reader: Callable[[str], T | None]) -> T | None:
    """What the first line tells that tells something; lines of other questions may stand among them."""
    return next((value for value in map(reader, lines) if value is not None), None)


def unless_silent(silence: NoAnswer, reader: Callable[[str], T | None]) -> T:
    """What had come before the silence, where that is an answer already; else raises it again."""
    value = first_read(silence.lines, reader)
    if value is None:
        raise silence
    return value
