from __future__ import annotations

import json

import pytest
from hand_clock import HandClock

from agent.sandbox.api_request import Request
from agent.sandbox.api_rules import BLOCK_S, WINDOW_S, FakeOnlinesim
from agent.sandbox.number_record import QUEUE_S, NumberStatus

ENTRY = {"number": "+46701", "country_id": 46, "rent": 0, "port_id": "Port1"}


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def market(clock):
    return FakeOnlinesim(modules=3, clock=clock)


def entry(index, **changes):
    return {**ENTRY, "number": f"+4670{index}", "port_id": f"Port{index}", **changes}


def answer(market, verb, path, *, query=(), body=b"", key=None):
    authorization = None if key is None else f"Bearer {key}"
    found = market.answer(Request(verb, f"/api/resellers{path}", tuple(query), body, authorization))
    return found.status, found.content


def ask(market, method, body):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return answer(market, "POST", f"/{method}", body=raw)


def remove(market, **values):
    return answer(market, "DELETE", "/removeNumber", query=values.items())


def check_work(market, key=None):
    return answer(market, "GET", "", key=key)


def send(market, *entries, **more):
    return ask(market, "sendNumbersOnline", {"numbers": list(entries), **more})


def test_a_list_is_accepted_and_replaces_the_one_before(market):
    status, content = send(market, entry(1), entry(2))
    assert (status, content["response"]) == (200, 1)
    assert set(content["ids"]) == {"+46701", "+46702"}
    assert send(market, entry(3))[0] == 200
    assert market.state().numbers == ("+46703",)
    assert [request.on_sale for request in market.accepted] == [("+46701", "+46702"), ("+46703",)]


def test_a_number_keeps_its_id(market):
    first = send(market, entry(1))[1]["ids"]["+46701"]
    send(market)
    assert send(market, entry(1), entry(2))[1]["ids"]["+46701"] == first


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff", "the body is not JSON in UTF-8"),
        (b"[" * 100_000, "the body is not JSON in UTF-8"),
        ([], "the body is not a JSON object"),
        ({}, "numbers is not a list"),
        ({"numbers": {}}, "numbers is not a list"),
        ({"numbers": [], "extra": 1}, "extra is unknown"),
        ({"numbers": [], "test": None}, "test is neither test1 nor test2"),
        ({"numbers": [], "test": ["test1"]}, "test is neither test1 nor test2"),
        ({"numbers": ["+46701"]}, "numbers[0]. is not an object"),
        ({"numbers": [{**ENTRY, "colour": 1}]}, "numbers[0].colour is unknown"),
        ({"numbers": [{**ENTRY, "country_id": 0}]}, "numbers[0].country_id is not an integer from 1"),
        ({"numbers": [{**ENTRY, "country_id": True}]}, "numbers[0].country_id is not an integer from 1"),
        ({"numbers": [{**ENTRY, "rent": False}]}, "numbers[0].rent is neither 0 nor 1"),
        ({"numbers": [{**ENTRY, "rent": 2}]}, "numbers[0].rent is neither 0 nor 1"),
        ({"numbers": [{**ENTRY, "operator": None}]}, "numbers[0].operator is not an integer"),
        (
            {"numbers": [{**ENTRY, "port_id": "p" * 101}]},
            "numbers[0].port_id is not a string of 1 to 100 characters",
        ),
        ({"numbers": [{"number": "+1", "rent": 0}]}, "numbers[0].country_id is missing"),
        ({"numbers": [entry(1), entry(2, number="+46701")]}, "two numbers have the same number"),
        ({"numbers": [entry(1), entry(2, port_id="Port1")]}, "two numbers have the same port_id"),
    ],
)
def test_a_body_outside_the_table_is_turned_down_with_the_reason(market, body, reason):
    assert ask(market, "sendNumbersOnline", body) == (400, {"response": reason})
    assert market.accepted == []
    assert market.state().down


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"number": "46701"}, "NUMBER_FORMAT_ERROR"),
        ({"number": 46701}, "NUMBER_FORMAT_ERROR"),
        ({"number": "+46 701"}, "NUMBER_FORMAT_ERROR"),
        ({"date_start": "1"}, "ERROR_DATE"),
        ({"date_start": -1}, "ERROR_DATE"),
        ({"date_start": None}, "ERROR_DATE"),
    ],
)
@pytest.mark.parametrize("test", [{}, {"test": "test1"}])
def test_a_number_or_a_date_of_another_form_is_refused_with_the_bare_word(market, changes, word, test):
    body = json.dumps({"numbers": [entry(1), {**ENTRY, **changes}], **test}).encode()
    found = market.answer(Request("POST", "/api/resellers/sendNumbersOnline", body=body))
    assert (found.status, found.content, found.html) == (400, word, True)
    assert ask(market, "addNumber", {**ENTRY, **changes, **test}) == (400, word)


@pytest.mark.parametrize("test", [{}, {"test": "test1"}])
def test_a_number_that_the_server_refuses_takes_the_whole_list_with_it(market, test):
    market.refuses.add("+46702")
    assert send(market, entry(1), entry(2), **test) == (400, "NUMBER_FORMAT_ERROR")
    assert market.accepted == []
    assert send(market, entry(1), **test)[0] == 200


def test_numbers_that_a_list_removes_have_null_for_an_id_once(market):
    send(market, entry(1), entry(2))
    assert send(market, entry(1))[1]["ids"] == {"+46701": 1001, "+46702": None}
    assert send(market, entry(1))[1]["ids"] == {"+46701": 1001}


def test_a_number_that_the_server_passes_over_has_null_for_an_id(market):
    market.passes_over.add("+46702")
    assert send(market, entry(1), entry(2))[1]["ids"] == {"+46701": 1001, "+46702": None}


def check(market, number="+46701"):
    return answer(market, "GET", "/checkNumber", query=[("number", number)])


def test_check_number_follows_a_number_from_its_placement_to_its_end(market, clock):
    assert check(market) == (
        200,
        {"response": 1, "number": "46701", "status": 4, "status_text": "number not found"},
    )
    send(market, entry(1))
    status, found = check(market)
    assert (status, found["status"], found["id"], found["port_id"]) == (200, 2, 1001, "Port1")
    clock.now += QUEUE_S
    assert check(market)[1]["status"] == 1
    send(market)
    assert check(market)[1]["status"] == 4
    assert [request.method for request in market.accepted] == ["sendNumbersOnline"] * 2


@pytest.mark.parametrize("status", NumberStatus)
def test_check_number_has_every_status_of_the_description(market, status):
    send(market, entry(1))
    market.records["+46701"].status = status
    assert check(market)[1]["status"] == status
    assert check(market)[1]["status_text"]


def test_check_number_counts_failures_and_bans_after_three(market):
    send(market, entry(1))
    record = market.records["+46701"]
    record.errors, record.sum, record.rent, record.banned_service = 3, 54.38, True, {"whatsapp": "wa"}
    found = check(market)[1]
    assert (found["errors"], found["banned"], found["sum"], found["rent"]) == (3, True, 54.38, True)
    assert found["banned_service"] == {"whatsapp": "wa"}
    assert found["created_at"].keys() == {"date", "timezone_type", "timezone"}


@pytest.mark.parametrize("query", [[], [("number", "46701")], [("number", " 46701")]])
def test_check_number_wants_a_number_with_its_plus(market, query):
    assert answer(market, "GET", "/checkNumber", query=query) == (400, "NUMBER_FORMAT_ERROR")


def test_take_off_numbers_lists_the_income_of_what_is_online(market):
    send(market, entry(1), entry(2))
    market.records["+46701"].sum = 75.76
    row = {"id": "1001", "number": "46701", "sum": "75.76", "country": "46"}
    assert answer(market, "GET", "/takeOffNumbers") == (200, {"response": 1, "list": [row]})
    assert answer(market, "GET", "/takeOffNumbers", query=[("sum", "80")])[1]["list"] == []
    assert len(answer(market, "GET", "/takeOffNumbers", query=[("sum", "0")])[1]["list"]) == 2
    send(market, entry(2))
    assert answer(market, "GET", "/takeOffNumbers")[1]["list"] == []
    assert market.state().numbers == ("+46702",)


@pytest.mark.parametrize("amount", ["", "-1", "x", "nan", "1e5"])
def test_take_off_numbers_wants_an_amount(market, amount):
    assert answer(market, "GET", "/takeOffNumbers", query=[("sum", amount)]) == (400, "ERROR_PARAMS")


def test_the_port_id_is_the_number_where_it_is_left_out(market):
    entries = [{"number": f"+4670{index}", "country_id": 46, "rent": 0} for index in range(2)]
    assert send(market, *entries)[0] == 200


def test_more_numbers_than_modules_block_the_account_for_half_an_hour(market, clock):
    send(market, entry(1))
    assert send(market, *(entry(index) for index in range(4))) == (403, {"response": "ACCOUNT_BLOCKED"})
    assert market.state().numbers == ()
    assert market.state().blocked_s == BLOCK_S
    clock.now += BLOCK_S - 1
    assert send(market, entry(1))[0] == 403
    clock.now += 1
    assert send(market, entry(1))[0] == 200
    assert market.state().blocks == 1


def test_a_number_too_many_by_add_number_blocks_too(market):
    send(market, entry(1), entry(2), entry(3))
    assert ask(market, "addNumber", entry(4))[0] == 403
    assert market.state().blocks == 1


def test_five_minutes_without_a_word_count_as_down(market, clock):
    assert market.state().down
    send(market, entry(1))
    clock.now += WINDOW_S
    assert not market.state().down
    clock.now += 1
    assert market.state().down
    assert market.state().numbers == ()
    send(market, entry(1))
    assert market.state().gaps == 1
    assert market.state().numbers == ("+46701",)


def test_test1_is_checked_and_saves_nothing(market):
    status, content = send(market, entry(1), test="test1")
    assert (status, content["response"]) == (200, 1)
    assert send(market, {**ENTRY, "rent": 3}, test="test1")[0] == 400
    assert send(market, *(entry(index) for index in range(4)), test="test1") == (
        400,
        {"response": "4 numbers, but 3 modules"},
    )
    assert market.state().reports == 0
    assert market.state().last_report_s is None
    assert market.state().blocks == 0


def test_test2_answers_with_the_body_and_saves_nothing(market):
    assert send(market, entry(1), test="test2") == (200, {"numbers": [entry(1)], "test": "test2"})
    assert market.accepted == []


def test_numbers_come_and_go_one_by_one(market, clock):
    send(market, entry(1))
    assert ask(market, "addNumber", entry(2))[1]["response"] == 1
    assert remove(market, number="+46701") == (200, {"response": 1})
    clock.now += WINDOW_S
    assert check_work(market) == (200, {"response": 1})
    clock.now += WINDOW_S
    assert market.state().numbers == ("+46702",)


@pytest.mark.parametrize(
    ("method", "body", "reason"),
    [
        ("addNumber", entry(1), "this number is in the list already"),
        ("addNumber", entry(2, port_id="Port1"), "two numbers have the same port_id"),
        ("addNumber", {"number": "+1"}, "country_id is missing"),
        ("addNumber", entry(2, test="test3"), "test is neither test1 nor test2"),
    ],
)
def test_a_number_that_cannot_be_added_is_turned_down(market, method, body, reason):
    send(market, entry(1))
    assert ask(market, method, body) == (400, {"response": reason})
    assert market.state().numbers == ("+46701",)


@pytest.mark.parametrize(
    ("query", "body", "reason"),
    [
        ([("number", "+46709")], b"", "this number is not in the list"),
        ([], b"", "this number is not in the list"),
        ([("number", " 46701")], b"", "this number is not in the list"),
        ([("number", "+46701"), ("port_id", "Port1")], b"", "port_id is unknown"),
        ([("number", "+46701"), ("number", "+46702")], b"", "a parameter is there twice"),
        ([("number", "+46701"), ("test", "1")], b"", "test is neither test1 nor test2"),
        ([("number", "+46701")], b"{}", "removeNumber takes no body"),
    ],
)
def test_a_number_that_cannot_be_removed_is_turned_down(market, query, body, reason):
    send(market, entry(1))
    assert answer(market, "DELETE", "/removeNumber", query=query, body=body) == (400, {"response": reason})
    assert market.state().numbers == ("+46701",)


def test_check_work_has_no_parameters_and_no_body(market):
    assert answer(market, "GET", "", body=b"{}") == (400, {"response": "checkWork takes no body"})
    assert answer(market, "GET", "", query=[("a", "1")]) == (400, {"response": "a is unknown"})
    assert answer(market, "POST", "/addNumber", query=[("a", "1")])[0] == 400


@pytest.mark.parametrize("test", ["test1", "test2"])
def test_single_steps_can_be_tested_and_then_change_nothing(market, test):
    send(market, entry(1))
    assert ask(market, "addNumber", entry(2, test=test))[0] == 200
    assert remove(market, number="+46701", test=test)[0] == 200
    assert market.state().numbers == ("+46701",)
    assert market.state().reports == 1


def test_a_key_is_asked_for_where_one_is_set(clock):
    market = FakeOnlinesim(modules=3, clock=clock, key="secret-key")
    assert check_work(market) == (401, {"response": "ERROR_NO_KEY"})
    assert check_work(market, key="other") == (401, {"response": "ERROR_WRONG_KEY"})
    assert check_work(market, key="secret-key") == (200, {"response": 1})


@pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "/checkWork", "/sendNumbersOnline", "/addNumber", "/removeNumber", "/sellEverything"),
        *("/checkNumber", "/takeOffNumbers", "/addMessage"),
    ],
)
def test_every_other_verb_and_path_is_not_found(market, verb, path):
    known = {
        ("GET", ""),
        ("POST", "/sendNumbersOnline"),
        ("POST", "/addNumber"),
        ("DELETE", "/removeNumber"),
        ("GET", "/checkNumber"),
        ("GET", "/takeOffNumbers"),
    }
    found = answer(market, verb, path) == (405, {"response": "REQUEST_NOT_FOUND"})
    assert found is ((verb, path) not in known)


def test_the_history_is_bounded(clock):
    market = FakeOnlinesim(modules=3, clock=clock, history=5)
    for _ in range(9):
        send(market, entry(1))
    assert len(market.received) == 5
    assert market.state().reports == 9
    assert market.received[0].entries == (entry(1),)
