"""An engine that can't go on is not kept: a process that hears nudges and sends nothing looks well from outside."""

import logging
import threading
from pathlib import Path
from typing import Any

import pytest

from chaos.redis_server import RedisServer
from shells.settings import Settings
from shells.wiring import settings_from_environment
from shells.worker import engine as module
from shells.worker.engine import Engine, EngineError


@pytest.fixture
def settings(tmp_path: Path, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("SIMULCAST_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SIMULCAST_BROKER_URL", redis_server.url)
    monkeypatch.setenv("SIMULCAST_WORKER_NICE", "0")
    monkeypatch.setenv("SIMULCAST_KEY", "A" * 43 + "=")
    return settings_from_environment()


async def _breaks_off(*_: Any) -> None:
    raise RuntimeError("nobody thought of this")


def test_one_that_ends_without_being_told_to_says_so(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ended = threading.Event()
    monkeypatch.setattr(module, "work", _breaks_off)
    Engine(settings, ["facebook"], ended.set).start()
    assert ended.wait(timeout=30)
    (told,) = (record for record in caplog.records if record.levelno == logging.CRITICAL)
    assert told.exc_info is not None


def test_one_that_can_not_begin_is_no_engine(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr(module, "shown", lambda _: 1 / 0)
    with pytest.raises(EngineError):
        Engine(settings, ["facebook"], ended.set).start()
    assert not ended.is_set(), "who began it is told at once"


def test_one_that_is_told_to_stop_breaks_nothing_off(settings: Settings) -> None:
    ended = threading.Event()
    engine = Engine(settings, ["facebook"], ended.set)
    engine.start()
    engine.stop()
    assert not ended.is_set()
