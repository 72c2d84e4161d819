from __future__ import annotations

import pytest

from agent.cli import config_file
from agent.cli.config_file import read_config, read_status
from agent.config import Config, ConfigError, Status


def test_the_services_key_is_found_at_the_keyboard_too(tmp_path, monkeypatch):
    file = tmp_path / "config.yaml"
    file.write_text('onlinesim: {server: "https://onlinesim.example/"}\n', encoding="utf-8")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setattr(config_file, "SERVICE_FOLDER", tmp_path.resolve())

    assert read_config(file).onlinesim.api_key_file == tmp_path / "api_key"


def test_where_the_agent_answers_is_read_from_a_file_that_is_right(tmp_path):
    (tmp_path / "config.yaml").write_text("status: {listen: '127.0.0.1:9000'}\n")
    status, config = read_status(tmp_path / "config.yaml")
    assert status.listen == "127.0.0.1:9000"
    assert isinstance(config, Config)


def test_where_the_agent_answers_is_read_from_a_broken_file(tmp_path):
    (tmp_path / "config.yaml").write_text("status: {listen: '127.0.0.1:9000'}\nbank: [\n")
    status, wrong = read_status(tmp_path / "config.yaml")
    assert status.listen == "127.0.0.1:9000"
    assert isinstance(wrong, ConfigError)


def test_a_file_that_is_not_for_us_leaves_the_usual_address(tmp_path, monkeypatch):
    (tmp_path / "config.yaml").write_text("status: {listen: '127.0.0.1:9000'}\n")

    def forbidden(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(config_file, "_text", forbidden)
    status, wrong = read_status(tmp_path / "config.yaml")
    assert status == Status()
    assert isinstance(wrong, PermissionError)


def test_no_file_at_all_is_an_error(tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match="no such file"):
        read_status(tmp_path / "config.yaml")
