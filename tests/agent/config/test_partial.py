from __future__ import annotations

import pytest

from agent.config import status_of

DEFAULT = "127.0.0.1:8340"
ELSEWHERE = "127.0.0.1:9000"


@pytest.mark.parametrize(
    "text",
    [
        "bank: {modulez: 4}\nstatus:\n  listen: 127.0.0.1:9000\n",
        "bank:\n\tmodules: 4\nstatus:\n  listen: 127.0.0.1:9000\n",
        "status:\n\n# here\n  listen: 127.0.0.1:9000  # loopback\nbank: {modules: 4\n",
        "status: {listen: 127.0.0.1:9000}\nbank: [\n",
        "ports: ]\r\nstatus:\r\n\r\n  listen: 127.0.0.1:9000\r\nlog: {}\r\n",
        "status:\n  listen: 127.0.0.1:9000\n  lisen: 1\n  token: [no text]\n",
        '{"status": {"listen": "127.0.0.1:9000"}, "bank": 7}',
        "status:\n  listen: 127.0.0.1:9000\n  token: ${NOT_SET}\n",
    ],
)
def test_the_address_is_read_whatever_is_wrong_elsewhere(text):
    status = status_of(text, {})
    assert (status.listen, status.token) == (ELSEWHERE, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "status",
        "status: 7\n",
        "status: [127.0.0.1:9000]\n",
        "status:\n  listen: nowhere at all\n",
        "status:\n\tlisten: 127.0.0.1:9000\n",
        "# status: {listen: 127.0.0.1:9000}\nbank: [\n",
        "\x00",
        "a: &a [*a]\n",
    ],
)
def test_what_cannot_be_read_has_its_default(text):
    status = status_of(text, {})
    assert (status.listen, status.token) == (DEFAULT, None)


def test_the_token_is_read_too():
    status = status_of("bank: [\nstatus: {token: '${TOKEN}', listen: 1}\n", {"TOKEN": "open-sesame"})
    assert status.token.get_secret_value() == "open-sesame"
    assert "open-sesame" not in repr(status)
