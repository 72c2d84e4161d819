"""Who changes names and forgets cards: the same for a running agent and for a store that no agent has."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping

from agent.bank.inventory import Inventory
from agent.bank.names import NamedPlace, NameRefused, Names
from agent.control import answer_texts as texts
from agent.control.messages import Answer, ModulePlace, Request
from agent.formats.iccid import as_iccid, as_imsi, same_card
from agent.language import current_language
from agent.store.problems import counted
from agent.store.store import Store
from drivers.ports.ports import natural

_log = logging.getLogger(__name__)


class Keeper:
    """Does what a request says, or refuses and changes nothing."""

    def __init__(
        self,
        inventory: Inventory,
        store: Store,
        *,
        check: Callable[[Iterable[str]], None] = lambda _names: None,
        renamed: Callable[[Mapping[str, str]], None] = lambda _names: None,
        holding: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        """`check` raises NameRefused for modules that must keep their names, `renamed` gets new names by old ones.

        `holding` returns the ICCID that each module tells now.
        """
        self._inventory = inventory
        self._store = store
        self._check = check
        self._renamed = renamed
        self._holding = holding

    def do(self, request: Request) -> Answer:
        """Do it, at once and as a whole."""
        if not self._inventory.listed:
            return Answer(refused=texts.NOTHING_LISTED)
        names = self._inventory.names()
        try:
            match request.task:
                case "modules":
                    return Answer(
                        modules=tuple(map(_row, sorted(names.places, key=lambda one: natural(one.name))))
                    )
                case "rename":
                    return self._use(
                        names, names.rename(request.name, "".join(request.to[:1]), swap=request.swap)
                    )
                case "move":
                    return self._use(names, names.move(request.name, request.to, swap=request.swap))
                case "move_all":
                    return self._move_all(names)
                case "forget":
                    return self._forget(names, request.name)
        except NameRefused as why:
            return Answer(refused=str(why))

    def _use(self, before: Names, after: Names) -> Answer:
        self._check(after.changes(before).keys())
        changes = self._inventory.use(after)
        self._store.past.rename(changes)
        if changes:
            self._renamed(changes)
        lines = [
            texts.RENAMED.format(old=old, new=new)
            for old, new in sorted(changes.items(), key=lambda one: natural(one[1]))
        ]
        old = before.by_key
        dropped = sorted((old[key].name for key in after.dropped if key in old), key=natural)
        if changes:
            lines += [texts.PLACE_FORGOTTEN.format(name=name) for name in dropped]
        else:
            for name in dropped:
                self._store.past.forget_module(name)
            lines += [texts.FORGOTTEN.format(name=name) for name in dropped]
        for line in lines:
            _log.info("%s", texts.answer_in(line, current_language()))
        return Answer(lines=tuple(lines))

    def _move_all(self, names: Names) -> Answer:
        after, moved = names.move_all()
        if not moved:
            return Answer(refused=texts.NONE_TO_MOVE)
        done = self._use(names, after)
        left = sum(not place.there for place in after.places)
        more = (counted(texts.LEFT, left),) if left else ()
        return Answer(lines=(*done.lines, *more))

    def _forget(self, names: Names, what: str) -> Answer:
        if any(place.name == what for place in names.places):
            return self._use(names, names.forget(what))
        cards = self._cards(what)
        if not cards:
            if as_iccid(what) or as_imsi(what):
                return Answer(refused=texts.NO_CARD.format(card=what))
            names.find(what)  # says which name was meant
        for module, iccid in self._holding().items():
            if any(same_card(iccid, card) for card in cards):
                return Answer(refused=texts.CARD_PRESENT.format(module=module))
        for card in cards:
            self._store.forget_card(card)
        return Answer(lines=tuple(texts.CARD_FORGOTTEN.format(card=card) for card in cards))

    def _cards(self, what: str) -> list[str]:
        """Return the known cards that this is the ICCID, the IMSI or the learned number of."""
        iccid, imsi, cards = as_iccid(what), as_imsi(what), self._store.cards
        known = {**cards.sims, **cards.learned, **cards.asked_ussd}
        return [
            card
            for card in known
            if (iccid is not None and same_card(card, iccid))
            or (imsi is not None and card in cards.sims and cards.sims[card].imsi == imsi)
            or (what.startswith("+") and card in cards.learned and cards.learned[card].number == what)
        ]


def _row(place: NamedPlace) -> ModulePlace:
    return ModulePlace(name=place.name, place=place.key, ports=place.ports, imei=place.imei)
