"""One small store, one server, one browser for all the pages' tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from dashboard_seed import seed

from dashboards.server import Server, start_dashboard
from ltme_clinic import INTENDED_USE
from ltme_clinic.browser import NO_BROWSER, find_browser

QUIET = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
PATIENCE_MS = 20_000


@pytest.fixture(scope="session")
def seeded_store(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("store") / "clinic"
    seed(folder)
    return folder


@pytest.fixture(scope="session")
def server(seeded_store: Path) -> Iterator[Server]:
    with start_dashboard(seeded_store) as running:
        yield running


@pytest.fixture(scope="session")
def chromium_executable() -> str:
    """A Chromium, Chrome or Edge; a skip that is seen where there is none, a failure where one is required."""
    found = find_browser()
    if found is None:
        if os.environ.get("LTME_REQUIRE_BROWSER") == "1":
            pytest.fail(f"LTME_REQUIRE_BROWSER=1, but {NO_BROWSER}")
        pytest.skip(NO_BROWSER)
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict, chromium_executable: str) -> dict:
    return {**browser_type_launch_args, "executable_path": chromium_executable, "args": QUIET.split()}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    return {**browser_context_args, "viewport": {"width": 1400, "height": 1000}}


@dataclass
class Watched:
    """A browser page that remembers what went wrong in it and whom it asked."""

    page: object
    url: str
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def open(self, address: str, awaited: str) -> None:
        """Open an address below the server; wait for a text, for the foot, and for the script to have ended."""
        self.page.goto(self.url + address)
        self.page.get_by_text(awaited).first.wait_for(timeout=PATIENCE_MS)
        self.page.get_by_text(INTENDED_USE).wait_for(timeout=PATIENCE_MS)
        self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=PATIENCE_MS)


@pytest.fixture
def watched(page, server: Server) -> Iterator[Watched]:
    """A page of the dashboard; at the end it must have been quiet, and have spoken to this machine alone."""
    seen = Watched(page, server.url)
    page.set_default_timeout(PATIENCE_MS)
    page.on("console", lambda message: seen.errors.append(message.text) if _is_error(message) else None)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("request", lambda asked: None if _is_local(asked.url, server.url) else seen.strangers.append(asked.url))
    yield seen
    assert page.locator("[data-testid=stException]").count() == 0
    assert seen.errors == []
    assert seen.strangers == []


def _is_error(message) -> bool:
    """Whether the browser complains; Streamlit's own search for its server below a page's address is no complaint."""
    return message.type == "error" and "/_stcore/" not in message.location.get("url", "")


def _is_local(url: str, own: str) -> bool:
    return url.startswith((own, own.replace("http", "ws", 1), "data:", "blob:"))
