"""The row of one module: what people see of it, from what is known of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Final, NamedTuple

from agent.bank.member import Member
from agent.bank.place import Place
from agent.decision.last_sims import LastSim
from agent.decision.module_state import ModuleState
from agent.decision.texts import reason_text
from agent.decision.verdict import Decision, ModuleInput, Reason, Verdict
from agent.language import Bilingual
from agent.onlinesim.failure_texts import reason_in
from agent.onlinesim.number_asker import TimedAnswer
from agent.status.snapshot import ModuleRow, OnlinesimRow, SharedPortRow, WasRow
from drivers.observation import Identity, Observation

NO_ANSWERS: Final[Mapping[str, TimedAnswer]] = {}
NO_LABELS: Final[Mapping[str, str]] = {}
_LEGAL_FORM: Final = re.compile(
    r"((^|(?<![\s,._])[\s,._]+)(inc|incorporated|corp|corporation|co|company|ltd|limited|llc|plc|ag|gmbh|s\.?p\.?a))+\.?$",
    re.IGNORECASE,
)
"""Not part of a maker's name; A76xx modules give "INCORPORATED" alone (docs/at-field-guide.md §2.1)."""


class RowFacts(NamedTuple):
    """All that the row of one module is made of."""

    place: Place
    identity: Identity | None
    complete: Observation | None
    """The newest complete one."""
    module: ModuleInput | None
    """As it was decided upon; None for one that came after the last decision, like the verdict."""
    verdict: Verdict | None
    restarts: int
    client: SharedPortRow | None = None
    answer: TimedAnswer | None = None
    """What Onlinesim says of its number, if that is live."""
    label: str = ""
    group_label: str = ""


def row_facts(
    member: Member,
    decision: Decision,
    client: SharedPortRow | None = None,
    answers: Mapping[str, TimedAnswer] = NO_ANSWERS,
    labels: Mapping[str, str] = NO_LABELS,
) -> RowFacts:
    """Return the facts of one module. `answers`: what Onlinesim says of each live number; `labels`: as configured."""
    place = member.place
    sim = decision.live.get(place.name)
    return RowFacts(
        place=place,
        identity=member.identity,
        complete=member.complete,
        module=decision.modules.get(place.name),
        verdict=decision.verdicts.get(place.name),
        restarts=_restarts(member),
        client=client,
        answer=answers.get(sim.number.text) if sim is not None and answers else None,
        label=labels.get(place.name, ""),
        group_label=labels.get(place.group, ""),
    )


def module_row(facts: RowFacts) -> ModuleRow:
    """Return the row of one module."""
    place, identity, verdict, module = facts.place, facts.identity, facts.verdict, facts.module
    reason = verdict.reason if verdict is not None else Reason.SILENT
    state = module.state if module is not None else ModuleState()
    number = module.resolution.number if module is not None else None
    last = facts.complete if state.iccid is not None else None
    driver = state.latest.driver if state.latest is not None else ""
    return ModuleRow(
        name=place.name,
        reason=reason,
        text=verdict_text(reason, verdict.detail if verdict is not None else ""),
        live=reason is Reason.LIVE,
        ports=place.ports,
        imei=identity.imei if identity is not None else None,
        model=model_name(identity) if identity is not None else None,
        iccid=state.iccid,
        imsi=state.imsi,
        number=number.text if number is not None else None,
        operator=last.operator if last is not None else None,
        registration=state.registration,
        signal_dbm=last.signal_dbm if last is not None else None,
        seen_at=facts.complete.at if facts.complete is not None else None,
        group=place.group,
        place=place.key,
        driver=driver or (last.driver if last is not None else ""),
        since_at=verdict.since if verdict is not None else None,
        source=number.source.name.lower() if number is not None else None,
        restarts=facts.restarts,
        label=facts.label,
        group_label=facts.group_label,
        client=facts.client,
        onlinesim=onlinesim_row(facts.answer),
    )


def onlinesim_row(timed: TimedAnswer | None) -> OnlinesimRow | None:
    """Return what Onlinesim says of one number."""
    if timed is None:
        return None
    answer = timed.answer
    return OnlinesimRow(
        status=answer.status.value,
        failed=answer.failed,
        banned=answer.banned,
        banned_services=answer.banned_services,
        rent=answer.rent,
        income=None if answer.income is None else round(float(answer.income), 2),
        checked_at=timed.at,
        detail=Bilingual.of(partial(reason_in, answer.detail)),
    )


def was_row(last: LastSim, now_in: str | None) -> WasRow:
    """Return what is shown of a module without a SIM; `now_in` is the module that holds it now."""
    return WasRow(iccid=last.iccid, number=last.number, until_at=last.until, now_in=now_in)


def verdict_text(reason: Reason, detail: str = "") -> Bilingual:
    """Return a verdict's sentence."""
    return Bilingual.of(partial(reason_text, reason, detail))


def model_name(identity: Identity) -> str | None:
    """Return maker and model; the maker only if it is a name and not part of the model."""
    maker = _LEGAL_FORM.sub("", identity.manufacturer or "").strip()
    model = identity.model or ""
    if maker and maker.split()[0].lower() in model.lower():
        maker = ""
    return " ".join(filter(None, (maker, model))) or None


def _restarts(member: Member) -> int:
    if member.watcher is None:
        return 0
    return member.watcher.restarts + max(0, member.watcher.reconnects - 1)
