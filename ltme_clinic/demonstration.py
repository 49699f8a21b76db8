"""The whole job from file to screen, for someone who sees it for the first time; and the server it ends in."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ltme_clinic import INTENDED_USE
from ltme_clinic.access import local_principal
from ltme_clinic.assignment import Assignment
from ltme_clinic.progress import ProgressBar
from ltme_clinic.types import LtmeError

if TYPE_CHECKING:
    from ltme_clinic.store import Store

DEMO_SEED = 2026
DEMO_EXERCISES = ("squat", "sit_to_stand", "marching")
PAGE_LIMIT_S = 60
BROWSER_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def demonstrate(
    out: Path, *, data: Path | None = None, serve: bool = True, check: bool = False, port: int | None = None
) -> None:
    """C3D files (virtual patients', or those below `data`) -> store -> findings and trends -> PDF -> dashboard.

    `check` starts the dashboard, opens one page and stops. Calling it again goes on where it was.
    """
    started = time.monotonic()
    recordings = data if data is not None else _virtual_recordings(out / "recordings")
    location = out / ("store-own-data" if data is not None else "store")
    _fill_store(location, recordings, own=data is not None)
    _say(f"{time.monotonic() - started:.0f} s from C3D files to findings and reports; everything is in {out}")
    if check:
        with _served(location, port) as url:
            _open_one_page(url)
    elif serve:
        serve_until_interrupted(location, port)


def serve_until_interrupted(location: str | Path, port: int | None = None) -> None:
    """Serve a store's dashboard, with a worker beside it, until Ctrl-C."""
    with _served(location, port) as url:
        print(f"\nThe dashboard is at {url}  (Ctrl-C stops it)\n{INTENDED_USE}", flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            _say("stopped")


def _virtual_recordings(folder: Path) -> Path:
    """The virtual cohort's files; made once, and again if making them was cut short."""
    from ltme_clinic.virtual_lab import demo_cohort

    finished = folder / "finished"
    if not finished.exists():
        with ProgressBar("virtual patients walk") as progress:
            demo_cohort(
                folder, seed=DEMO_SEED, progress=lambda done, total: progress("virtual patients walk", done, total)
            )
        finished.write_text("every virtual patient has walked\n")
    return folder


def _fill_store(location: Path, recordings: Path, *, own: bool) -> None:
    from ltme_clinic.pipeline import add_recordings, refresh_patients, report_patient
    from ltme_clinic.store import Store

    principal = local_principal()
    with Store.open(location, create=True) as store:
        assignment = Assignment(by_folder=True, by_subject=store.pseudonym_of if own else None)
        with ProgressBar("reading and encoding") as progress:
            report = add_recordings(store, [recordings], assignment, progress=progress)
        _say("\n".join(report.problems))
        if not report.taken + report.seen + report.waiting:
            raise SystemExit(1)  # the lines above have said why, one for each file
        _say(report.counts)
        patients = [patient for patient in store.patients(principal) if patient.origin != "generated"]
        with ProgressBar("findings and trends") as progress:
            lines = refresh_patients(store, [patient.pseudonym for patient in patients], progress=progress)
        for line in lines:
            _say(line)
        with ProgressBar("reports") as progress:
            for number, patient in enumerate(patients, start=1):
                report_patient(store, patient.pseudonym, location.parent / "reports" / f"{patient.pseudonym}.pdf")
                progress("reports", number, len(patients))
        _make_exercises(store)


def _make_exercises(store: Store) -> None:
    """A few demonstrations, made as the dashboard would ask for them."""
    from ltme_clinic.worker import work

    principal = local_principal()
    if not store.jobs(principal):
        for exercise in DEMO_EXERCISES:
            store.enqueue(principal, "generate", {"exercise": exercise, "params": {}})
    work(store, once=True)


@contextmanager
def _served(location: str | Path, port: int | None) -> Iterator[str]:
    """A dashboard and a worker on a store; both end with the block."""
    from dashboards.server import start_dashboard

    server = start_dashboard(location, port=port)
    worker = subprocess.Popen(
        [sys.executable, "-m", "ltme_clinic.cli", "worker", "--store", str(location)], stdin=subprocess.DEVNULL
    )
    try:
        yield server.url
    finally:
        worker.terminate()
        server.stop()
        try:
            worker.wait(timeout=10)
        except subprocess.TimeoutExpired:
            worker.kill()


def _open_one_page(url: str) -> None:
    """Open the first page in a real browser, or ask for it over HTTP where there is none to drive."""
    from ltme_clinic.browser import find_browser

    browser = find_browser()
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        browser = None
    if browser is None:
        with urllib.request.urlopen(url, timeout=PAGE_LIMIT_S) as answer:
            if answer.status != 200:
                raise LtmeError(url, f"the page answers {answer.status}")
        _say(f"{url} was fetched over HTTP: there is no browser to open it in")
        return
    try:
        with sync_playwright() as driver:
            window = driver.chromium.launch(executable_path=browser, args=list(BROWSER_OPTIONS))
            page = window.new_page()
            page.goto(url, timeout=PAGE_LIMIT_S * 1000)
            page.get_by_role("heading", level=1).first.wait_for(timeout=PAGE_LIMIT_S * 1000)
            page.get_by_text(INTENDED_USE).first.wait_for(timeout=PAGE_LIMIT_S * 1000)
            title = page.get_by_role("heading", level=1).first.inner_text()
            faults = page.locator("[data-testid=stException]").count()
            window.close()
    except Error as error:
        reason = str(error).splitlines()[0]
        raise LtmeError(url, f"the page did not open in {Path(browser).name} ({reason})") from None
    if faults:
        raise LtmeError(url, "the page shows an error", "Look at it with ltme dashboard")
    _say(f"{url} was opened in {Path(browser).name}: {title}")


def _say(text: str) -> None:
    if text:
        print(text, file=sys.stderr, flush=True)
