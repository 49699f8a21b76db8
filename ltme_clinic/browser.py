"""Finds a Chromium, Chrome or Edge on this machine: the tests and the demonstration open the pages with it.

Standard library only, readable by an old python3: `bootstrap.py` runs it before anything is installed.
"""

import glob
import os
import shutil
import subprocess

BROWSER_PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)
BROWSER_PLACES = (
    "/usr/bin/chromium",
    "/snap/bin/chromium",
    "/opt/google/chrome/chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "~/.cache/ms-playwright/chromium-*/chrome-linux*/chrome",
    "$ProgramFiles/Google/Chrome/Application/chrome.exe",
    "${ProgramFiles(x86)}/Google/Chrome/Application/chrome.exe",
    "$LOCALAPPDATA/Google/Chrome/Application/chrome.exe",
    "$LOCALAPPDATA/Chromium/Application/chrome.exe",
    "${ProgramFiles(x86)}/Microsoft/Edge/Application/msedge.exe",
    "$ProgramFiles/Microsoft/Edge/Application/msedge.exe",
)
NO_BROWSER = "no Chromium, Chrome or Edge was found (install one, or name it with LTME_CHROMIUM)"


class BrowserError(Exception):
    """LTME_CHROMIUM names something that can't be run."""


def find_browser() -> "str | None":
    """The Chromium, Chrome or Edge to open pages with: the one LTME_CHROMIUM names, else the first that starts."""
    named = os.environ.get("LTME_CHROMIUM")
    if named:
        found = shutil.which(os.path.expanduser(named))
        if found is None:
            raise BrowserError(f"LTME_CHROMIUM names {named}, which is no program. Name a Chromium, or unset it.")
        return found
    return next((candidate for candidate in browser_candidates() if starts(candidate)), None)


def browser_candidates() -> "list[str]":
    """Where a browser may be: the search path first, then the usual places of each system; none twice."""
    found = [shutil.which(name) for name in BROWSER_PROGRAMS]
    for place in BROWSER_PLACES:
        expanded = os.path.expanduser(os.path.expandvars(place))
        found += [path for path in sorted(glob.glob(expanded)) if os.access(path, os.X_OK)]
    return list(dict.fromkeys(path for path in found if path))


def starts(browser: str) -> bool:
    """Whether the browser runs at all: some systems ship a stub that only says how to install it."""
    if os.name == "nt":
        return True  # there --version opens a window
    quiet = subprocess.DEVNULL
    try:
        return subprocess.call([browser, "--version"], stdin=quiet, stdout=quiet, stderr=quiet, timeout=60) == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
