"""What the bench holds its figures against."""

from __future__ import annotations

import json

import pytest

from tests.bench.first_look import own_answers


def recorded(folder, *entries):
    log = folder / "wire.jsonl"
    log.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return log


def test_a_modules_own_answers_last_from_each_command_to_its_answer_and_not_to_its_echo(tmp_path):
    log = recorded(
        tmp_path,
        {"module": "1", "t": 5.0, "in": "ATE0"},
        {"module": "1", "t": 5.1, "out": "ATE0\r"},
        {"module": "2", "t": 5.5, "in": "ATI"},
        {"module": "1", "t": 6.0, "out": "\r\nOK\r\n"},
        {"module": "1", "t": 6.5, "out": "\r\n+CREG: 1\r\n"},  # unasked
        {"module": "1", "t": 7.0, "in": "AT+CPIN?"},
        {"module": "1", "t": 7.2, "out": "\r\n+CPIN: READY\r\n\r\nOK\r\n"},
    )

    assert own_answers(log) == {"1": (2, pytest.approx(1.2))}
