"""What was written, so that changes are seen."""

import pytest

from agent.install.record import Record


def test_what_was_noted_is_known_to_the_next_run(tmp_path):
    record = Record(tmp_path)
    record.note("etc/x", b"one")
    record.save()
    again = Record(tmp_path)
    assert again.holds("etc/x", b"one")
    assert not again.holds("etc/x", b"two")
    assert not again.holds("etc/y", b"one")


def test_an_empty_record_is_no_file(tmp_path):
    record = Record(tmp_path)
    record.note("etc/x", b"one")
    record.save()
    record.forget("etc/x")
    record.save()
    assert not record.path.exists()


@pytest.mark.parametrize("content", ["", "[]", "{", "\x00"])
def test_a_spoilt_record_is_no_record(tmp_path, content):
    Record(tmp_path).path.parent.mkdir(parents=True)
    Record(tmp_path).path.write_text(content)
    assert Record(tmp_path).digests == {}
