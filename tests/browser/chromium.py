"""The system's own Chromium, driven by Playwright."""

import os
import shutil

PROGRAMS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def launch(playwright):
    """A running browser. Raises FileNotFoundError, with what to do, where there is none."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise FileNotFoundError(f"no Chromium found ({', '.join(PROGRAMS)}): install it (Debian: apt-get install chromium)")
    arguments = ["--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses to start its own sandbox as root
    return playwright.chromium.launch(executable_path=program, args=arguments)
