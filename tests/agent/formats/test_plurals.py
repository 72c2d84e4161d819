from __future__ import annotations

from agent.formats.plurals import counted


def test_one_is_singular_and_everything_else_is_not():
    assert [counted(n, "port") for n in (0, 1, 2)] == ["0 ports", "1 port", "2 ports"]
