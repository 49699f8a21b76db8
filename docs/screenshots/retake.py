"""Takes the README's screenshots again.

After `make demo-check`: .venv/bin/python docs/screenshots/retake.py demo/store
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from dashboards.server import start_dashboard
from ltme_clinic.browser import find_browser
from ltme_clinic.demonstration import BROWSER_OPTIONS
from ltme_clinic.gait.analysis import analyse_gait
from ltme_clinic.gait.settings import GaitSettings
from ltme_clinic.report.gait_kinematics import kinematics_figure
from ltme_clinic.virtual_lab import sample_patient, simulate_walk

FOLDER = Path(__file__).parent
PAGES = {
    "patients": "/",
    "patient": "/patient?patient=VP-003",
    "visit": "/visit?patient=VP-003&visit=latest",
    "exercises": "/exercises?exercise=squat",
    "requests": "/requests",
}
SETTLED_MS = 6000


def take(page: Page, address: str, file: Path) -> None:
    """One page as a clinician sees it on a desktop screen, as long as the page is."""
    page.set_viewport_size({"width": 1400, "height": 1000})
    page.goto(address)
    page.get_by_role("heading", level=1).first.wait_for()
    page.wait_for_timeout(SETTLED_MS)
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": 1400, "height": min(int(height) + 20, 3200)})
    page.wait_for_timeout(SETTLED_MS // 2)
    page.screenshot(path=file)


def draw_gait(file: Path) -> None:
    """Joint angles of a virtual child of eleven whose left side is impaired."""
    patient = sample_patient(7, impairment="hemiplegic", severity=0.6, side="left", age_y=11)
    walk = simulate_walk(patient, duration_s=10.0).recording
    analysis = analyse_gait(replace(walk, events=()), settings=GaitSettings(age_y=11.0))
    kinematics_figure(analysis, width_in=9.0).savefig(file, dpi=120)


def main(store: str) -> None:
    """Every page of the demonstration's store, and the gait analysis of one walk."""
    draw_gait(FOLDER / "gait.png")
    with start_dashboard(store) as server, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_browser(), args=list(BROWSER_OPTIONS))
        page = browser.new_page()
        for name, path in PAGES.items():
            take(page, server.url + path, FOLDER / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
