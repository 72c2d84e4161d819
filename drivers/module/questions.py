"""Asking one module: timeouts, variants of a command, and interruption when the module or its SIM changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol, TypeVar

from drivers.at.commands import Command, chain
from drivers.errors import NoAnswer, Refused, Silence
from drivers.module.silence import LOST, Silences
from drivers.vendors import UrcMeaning

T = TypeVar("T")

USUAL_TIMEOUT: Final = 5.0
"""Seconds: the answer timeout for which the timeout of each Command is written."""

_MARGIN: Final = 4
"""An answer may take this many times longer than the last one: a busy card or network is slower, not silent."""

_MOST_ROUNDS: Final = 3
"""Rounds in which all variants are tried without success; then only the last one is, which needs no vendor."""

_SPARE_DOUBLINGS: Final = 1
"""Of the usual timeout, for a question that a look can do without: it must not cost the rest its lease."""

_DOUBLINGS: Final = 6
"""Of the usual timeout, for one form of a question that is needed."""

RESTARTS: Final = (UrcMeaning.RESTARTED, UrcMeaning.STOPPED)
"""URCs after which nothing that the module reported is valid, and our settings are gone."""


class Channel(Protocol):
    """What a module is asked through: a `drivers.link.Link`."""

    async def ask(self, command: Command, timeout: float | None = None) -> tuple[str, ...]:  # noqa: ASYNC109  as the link has it
        """Return the lines of the answer. Raises Refused, NoAnswer, LinkLost."""
        ...


class Interrupted(Exception):
    """A URC made the answers of this poll worthless."""

    def __init__(self, meaning: UrcMeaning) -> None:
        super().__init__(meaning.value)
        self.meaning = meaning


class Questions:
    """The questions to one module, from one of its starts to the next."""

    def __init__(
        self,
        link: Channel,
        *,
        answer_timeout: float = USUAL_TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
        failed_chains: set[Command] | None = None,
    ) -> None:
        """`answer_timeout`: seconds for a usual question; slower ones are scaled in proportion.

        `failed_chains`: lines that this module did not take before; kept up to date.
        """
        self.answer_timeout = answer_timeout
        self._failed_chains = failed_chains if failed_chains is not None else set()
        self._ahead: dict[Command, tuple[str, ...]] = {}
        """Answers of `ask_ahead` that nobody has taken yet."""
        self._link = link
        self._clock = clock
        self._took: dict[Command, float] = {}
        """Seconds that the last answer took; without an entry if the last one did not come."""
        self._kept: dict[tuple[Command, ...], Command] = {}
        self._silences = Silences(clock)
        self._failed_rounds: dict[tuple[Command, ...], int] = {}
        self._interruption: UrcMeaning | None = None
        self._watched: frozenset[UrcMeaning] = frozenset()

    def watch_for(self, *meanings: UrcMeaning) -> None:
        """Reset; from now on a URC with one of these meanings interrupts the current question."""
        self._ahead.clear()
        self._interruption = None
        self._watched = frozenset(meanings)

    def notify(self, meaning: UrcMeaning) -> None:
        """Record a URC; the latest wins, but a restart is never overridden."""
        if meaning in self._watched and self._interruption not in RESTARTS:
            self._interruption = meaning

    def timeout_for(self, *commands: Command) -> float:
        """Seconds to wait for the answer to these commands in one line."""
        # A module works them one after the other, but none needs its worst time. One that was answered before gets
        # the usual time, not its worst: a single lost answer must not cost a lease. After silence the worst is
        # possible again.
        return max(self.answer_timeout, *map(self._longest, commands))

    def _longest(self, command: Command) -> float:
        worst = self.answer_timeout / USUAL_TIMEOUT * command.timeout
        return min(worst, _MARGIN * self._took[command]) if command in self._took else worst

    async def ask(self, command: Command, *, timeout: float | None = None) -> tuple[str, ...]:  # noqa: ASYNC109  as the link has it
        """Return the lines of the answer, or those of `ask_ahead`. Raises as the link does, and Interrupted."""
        if command in self._ahead:
            return self._ahead.pop(command)
        began = self._clock()
        try:
            lines = await self._link.ask(command, timeout=timeout or self.timeout_for(command))
        except NoAnswer as silence:
            self._took.pop(command, None)
            self._check_interruption(silence)
            if isinstance(silence, Silence):
                self._silences.silent(command, ok_alone=silence.ok_alone)
            raise
        except Refused as error:
            self._note_answer(command, began)
            self._check_interruption(error)
            raise
        self._note_answer(command, began)
        self._check_interruption(None)
        return lines

    def _note_answer(self, command: Command, began: float) -> None:
        self._took[command] = self._clock() - began
        self._silences.answered(command)

    async def ask_spare(self, command: Command) -> tuple[str, ...]:
        """Ask what a look can do without, with the usual patience; one that was not answered rests for a while.

        Raises as `ask` does, and NoAnswer without asking while the question rests: see `rests`.
        """
        if self.rests(command):
            raise Silence(command.text, ok_alone=self._silences.ok_alone(command))
        return await self.ask(command, timeout=self._patience(command, _SPARE_DOUBLINGS))

    def rests(self, command: Command) -> bool:
        """Whether a question was left unanswered, and is not due again."""
        return self._silences.rests(command)

    def was_silent(self, command: Command) -> bool:
        """Whether the last time that this was asked no answer came."""
        return self._silences.times(command) > 0

    def _patience(self, command: Command, doublings: int) -> float:
        """Seconds for a command that may be unknown to the module: the usual ones first, longer after silence."""
        doubled = self.answer_timeout * 2.0 ** min(self._silences.times(command), doublings)
        return min(self.timeout_for(command), doubled)

    async def ask_chained(self, *commands: Command) -> tuple[str, ...]:
        """Return the lines of the answer to all of them in one line (V.250 §5.2.1). Raises as `ask` does.

        Where one of them was never answered the line is a guess, and waited for no longer than usual.
        """
        began = self._clock()
        guess = any(one not in self._took for one in commands)
        lines = await self.ask(
            chain(*commands), timeout=self.answer_timeout if guess else self.timeout_for(*commands)
        )
        self._took |= dict.fromkeys(commands, self._clock() - began)
        return lines

    async def ask_ahead(self, *commands: Command) -> None:
        """Ask several in one line, so that `ask` finds their answers; what is not answered so is asked by itself.

        A line that the module does not answer as a whole is never sent to it again. Raises as `ask` does, but never
        Refused.
        """
        if len(commands) < 2 or (line := chain(*commands)) in self._failed_chains:
            return
        self._failed_chains.add(line)
        try:
            lines = await self.ask(line, timeout=self._patience(line, _SPARE_DOUBLINGS))
        except Refused as refused:
            self._share_out(commands, refused.lines)
        else:
            if self._share_out(commands, lines):
                self._failed_chains.discard(line)

    def _share_out(self, commands: Sequence[Command], lines: Iterable[str]) -> bool:
        """Give each command its own lines; whether all are answered.

        One that has none was answered if a later one was: some modules carry out the beginning of a line only.
        """
        shares: dict[Command, tuple[str, ...]] = {}
        for command in reversed(commands):
            own = tuple(one for one in lines if command.answer is not None and command.answer.match(one))
            if own or (shares and not command.needs_payload):
                shares[command] = own
        self._ahead |= shares
        return len(shares) == len(commands)

    def _check_interruption(self, error: Exception | None) -> None:
        if self._interruption is not None:
            raise Interrupted(self._interruption) from error

    async def apply(self, setting: Command) -> bool:
        """Make a setting; False if the module refuses or does not answer it. Raises as `ask` does."""
        try:
            await self.ask(setting)
        except (Refused, Silence):
            return False
        return True

    async def read(self, command: Command, reader: Callable[[str], T | None]) -> T | None:
        """Ask, and return the first value that `reader` finds. Raises as `ask` does."""
        return first_read(await self.ask(command), reader)

    def kept_variant(self, variants: tuple[Command, ...]) -> Command | None:
        """The variant that this module answered before."""
        return self._kept.get(variants)

    def keep_variant(self, variants: tuple[Command, ...], command: Command) -> None:
        """Take note that this variant was answered, in a chain."""
        self._kept[variants] = command

    async def read_any(
        self,
        variants: tuple[Command, ...],
        reader: Callable[[str], T | None],
        *,
        is_final: Callable[[Refused], bool] = lambda _: False,
    ) -> T | None:
        """Read with one variant of a command after the other; the one that is answered is kept.

        A refusal for which `is_final` is true is raised, and so are LinkLost and Interrupted. NoAnswer is raised for
        the first variant that was not answered if no other one was either, and at once if the module does not answer at
        all.
        """
        silence: Silence | None = None
        untried = list(self._candidates(variants))
        while untried:
            command = untried.pop(0)
            try:
                timeout = None if command in self._kept.values() else self._patience(command, _DOUBLINGS)
                value = first_read(await self.ask(command, timeout=timeout), reader)
            except Refused as refused:
                if is_final(refused):
                    raise
            except Silence as error:
                if error.ok_alone:
                    continue
                if silence is not None:  # it is silent to what it does not know: the last resort comes next
                    untried.sort(key=lambda one: one is not variants[-1])
                silence = silence or error
                if command is self._kept.get(variants):
                    untried += [one for one in self._instead_of(command, variants) if one not in untried]
            else:
                if value is not None:
                    self._kept[variants] = command
                    return value
        asked_all = variants not in self._kept
        silent = (one for one in variants if self.rests(one) and not self._silences.ok_alone(one))
        resting = next(silent, None) if asked_all else None
        if silence is not None:
            raise silence
        if resting is not None:
            raise Silence(resting.text)
        self._failed_rounds[variants] = self._failed_rounds.get(variants, 0) + 1
        return None

    def _instead_of(self, kept: Command, variants: tuple[Command, ...]) -> tuple[Command, ...]:
        """What to ask where the usual variant is not answered; a single time is rather a lost answer."""
        skipped = self.was_silent if self._silences.times(kept) < LOST else self.rests
        return tuple(one for one in variants if one is not kept and not skipped(one))

    def _candidates(self, variants: tuple[Command, ...]) -> tuple[Command, ...]:
        kept = self._kept.get(variants)
        if kept is not None:
            return tuple(
                one for one in dict.fromkeys((kept, variants[-1])) if one is kept or not self.was_silent(one)
            )
        if self._failed_rounds.get(variants, 0) >= _MOST_ROUNDS:
            return variants[-1:]
        return tuple(one for one in variants if not self.rests(one)) or variants[-1:]


def first_read(lines: Iterable[str], reader: Callable[[str], T | None]) -> T | None:
    """The first value that `reader` finds; lines of other answers may be among them."""
    return next((value for value in map(reader, lines) if value is not None), None)


def read_partial(silence: NoAnswer, reader: Callable[[str], T | None]) -> T:
    """The first value in the lines that came before the timeout; without one, raises `silence`."""
    value = first_read(silence.lines, reader)
    if value is None:
        raise silence
    return value
