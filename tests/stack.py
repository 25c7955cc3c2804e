"""Fixtures of a running stack: one for each test process, and a person who is signed in to it."""

from collections.abc import Iterator

import pytest

from shells.cli.demonstration.visitor import Visitor
from tests.running import Running, running_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture
def running(stack: Running) -> Running:
    """The stack with no fault planted."""
    stack.faults()
    return stack


@pytest.fixture
def visitor(running: Running) -> Iterator[Visitor]:
    visitor = running.visitor()
    yield visitor
    visitor.close()
