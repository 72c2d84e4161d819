"""What hosts write for each other, and what they make of others' texts."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_union import host_set

from agent.fleet.fields import NotReadable, TooNew
from agent.fleet.state import Claim, Doubt, LeftOut
from agent.fleet.words import Beat, Record, Said, Stage, Told, read_beat, read_record, read_said, read_set

RUN = "0123456789abcdef"
RECORD = Record(host="bank-1", run=RUN, epoch=3, seq=7, lease=30.0, key="ab", told=Told(12.5, 64))
BEAT = Beat(
    run=RUN,
    seq=5,
    version=2,
    stage=Stage.RUNNING,
    modules=64,
    live=60,
    lease=30.0,
    may_lead=True,
    page="http://bank-1:8340/",
)
SAID = Said(
    epoch=3,
    taken=60,
    left_out=LeftOut.TOO_MANY,
    doubts=(
        Doubt(host="a", module="Port1", number="+46700000001", claim=Claim.CARD, others=(("b", "Port2"),)),
    ),
    cap=128,
)


def test_what_is_written_is_read_again():
    assert read_record(RECORD.text()) == RECORD
    assert read_beat(BEAT.text()) == BEAT
    assert read_said("a", SAID.text()) == SAID
    held = host_set("a", ("Port1", 1, 1), ("Port2", 2, 2))
    assert read_set("a", held.text()) == held


def test_the_run_stands_first_in_a_beat_since_the_scripts_read_it_there():
    assert BEAT.text() == f"{RUN}|5|2|running|64|60|30|1|1|1|http://bank-1:8340/"


def test_unknown_fields_are_ignored():
    assert read_record(RECORD.text()[:-1] + ',"later":[1]}') == RECORD
    assert read_beat(BEAT.text() + "|later") == BEAT


def test_a_text_of_a_later_version_says_whether_it_may_be_read():
    assert read_record(RECORD.text().replace('"v":1', '"v":2')) == RECORD
    with pytest.raises(TooNew):
        read_record(RECORD.text().replace('"min_v":1', '"min_v":2'))
    with pytest.raises(TooNew):
        read_beat(BEAT.text().replace("|1|1|1|", "|2|2|1|"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"v":1,"min_v":"x"}',
        RECORD.text().replace("30.0", "3000"),
        RECORD.text().replace(RUN, "x"),
    ],
)
def test_a_record_that_cannot_be_is_not_read(text):
    with pytest.raises(NotReadable):
        read_record(text)


@pytest.mark.parametrize(
    "wrong",
    [
        ('"port_id":"Port2"', '"port_id":"Port1"'),
        ('"country_id":46', '"country_id":"46"'),
        ('"card":"0000', '"card":"zzzz'),
        ('"port_id":"Port1"', '"port_id":"' + "x" * 100 + '"'),
        ('"number":"+46700000001"', '"number":"1"'),
    ],
)
def test_a_set_with_a_wrong_entry_is_not_read_at_all(wrong):
    text = host_set("a", ("Port1", 1, 1), ("Port2", 2, 2)).text()
    assert wrong[0] in text
    with pytest.raises(NotReadable):
        read_set("a", text.replace(*wrong))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(text=st.text(max_size=200) | JSON.map(lambda value: json.dumps(value)))
def test_no_foreign_text_raises_anything_else_fuzz(text):
    for read in (read_record, read_beat, lambda one: read_set("a", one), lambda one: read_said("a", one)):
        with contextlib.suppress(NotReadable):
            read(text)


@given(field=st.sampled_from(list(json.loads(SAID.text()))), value=JSON)
def test_no_foreign_field_raises_anything_else_fuzz(field, value):
    text = json.dumps(json.loads(SAID.text()) | {field: value})
    with contextlib.suppress(NotReadable):
        read_said("a", text)


def test_claims_that_have_not_changed_are_the_same_objects():
    before = read_set("a", host_set("a", ("Port1", 1, 1), ("Port2", 2, 2)).text())
    later = host_set("a", ("Port1", 1, 1), ("Port2", 2, 3), ("Port3", 3, 4))
    after = read_set("a", later.text(), before)
    assert after == later
    assert [now is then for now, then in zip(after.claims, before.claims, strict=False)] == [True, False]


@given(st.data())
def test_a_set_is_read_as_if_none_had_been_before(data):
    claims = st.lists(
        st.tuples(st.sampled_from(["P1", "P2", "P3"]), st.integers(1, 3), st.integers(1, 3)),
        unique_by=lambda claim: claim[0],
    )
    before, later = host_set("a", *data.draw(claims)), host_set("a", *data.draw(claims))
    assert read_set("a", later.text(), before) == read_set("a", later.text()) == later
