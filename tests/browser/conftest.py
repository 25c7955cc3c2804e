"""A stack and a Chromium for the pages that people see."""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from attrs import define, field
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from shells.cli.demonstration.visitor import Visitor
from tests.browser.flags import FLAGS
from tests.identity_provider import at
from tests.running import Running, running_stack

T = TypeVar("T")
__all__ = ["at"]  # a fixture that is made elsewhere


def aside(work: Callable[[], T]) -> T:
    """In another thread: this one's event loop belongs to Playwright."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A stack that nobody has signed in to."""
    stack = running_stack(tmp_path_factory.mktemp("untouched"), has_user=False)
    yield aside(stack.__enter__)
    aside(lambda: stack.__exit__(None, None, None))


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture(scope="session")
def browser(running: Running) -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("SIMULCAST_TEST_REQUIRE") == "all":
            pytest.fail("Chromium is missing; `make setup` installs it", pytrace=False)
        pytest.skip("NOT TESTED IN A BROWSER: Chromium is missing; `make setup` installs it")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@define
class Guest:
    """Somebody at a browser. `complaints` are the console's errors, CSP violations among them."""

    page: Page
    complaints: list[str] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.page.on("console", lambda message: self.hear(message))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@define
class Person(Guest):
    """Somebody who is signed in; `visitor` is the same session without a browser."""

    visitor: Visitor = field(kw_only=True)


@pytest.fixture
def guest(browser: Browser) -> Iterator[Guest]:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    yield Guest(context.new_page())
    context.close()


@pytest.fixture
def person(browser: Browser, running: Running) -> Iterator[Person]:
    visitor = running.visitor()
    context = browser.new_context(viewport={"width": 360, "height": 740})
    cookies = [{"name": name, "value": value, "url": running.web} for name, value in visitor.cookies.items()]
    context.add_cookies(cookies)  # type: ignore[arg-type]
    yield Person(context.new_page(), visitor=visitor)
    context.close()
    visitor.close()
