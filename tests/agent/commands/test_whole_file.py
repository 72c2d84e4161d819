"""Changing an operator's file in one step."""

from __future__ import annotations

from agent.commands.whole_file import replace_text


def test_the_new_text_takes_the_place_with_mode_and_ends_of_lines_and_leaves_nothing_behind(tmp_path):
    path = tmp_path / "sims.csv"
    path.write_text("old")
    path.chmod(0o640)
    replace_text(path, "a\r\nb\n")
    assert path.read_bytes() == b"a\r\nb\n"
    assert path.stat().st_mode & 0o7777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    replace_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"
