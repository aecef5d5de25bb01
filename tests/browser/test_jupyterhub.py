"""A class of two students and an instructor on a JupyterHub, with the configuration that deploy/jupyterhub ships.

The hub is real, and so are its proxy, its login and its servers. It takes what CI does not install: the extra `hub`, and a package of npm.
"""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from lab import ROOT, UNIT, menu
from test_whole_loop import confirm

DEPLOY = ROOT / "deploy" / "jupyterhub"
SECONDS = 90_000

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("jupyterhub") is None, reason="no JupyterHub here: pip install -e '.[hub]' to try one"
    ),
    pytest.mark.skipif(
        shutil.which("configurable-http-proxy") is None,
        reason="JupyterHub's proxy is not here: npm install --global configurable-http-proxy to try one",
    ),
]


@pytest.fixture
def hub(browser, tmp_path):
    """Address and folder of a JupyterHub on a folder with the course."""
    for part in ("solutions", "exercises"):
        shutil.copytree(ROOT / part / UNIT, tmp_path / "course" / part / UNIT)
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path / "course")
    ports = [free_port() for _ in range(3)]
    environment = os.environ | {
        "DL4CV_TRIAL": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    command = [sys.executable, "-m", "jupyterhub", "-f", str(DEPLOY / "trial_config.py")]
    command += [f"--JupyterHub.bind_url=http://127.0.0.1:{ports[0]}", f"--JupyterHub.hub_port={ports[1]}"]
    command += [f"--ConfigurableHTTPProxy.api_url=http://127.0.0.1:{ports[2]}"]
    log = tmp_path / "jupyterhub.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        address = f"http://127.0.0.1:{ports[0]}"
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}/hub/login").close()
                break
            except OSError:
                assert server.poll() is None, log.read_text()[-3000:]
                time.sleep(0.2)
        yield address, tmp_path
    finally:
        server.terminate()
        server.wait(60)  # it ends everybody's servers first


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def sit_down(hub, open_page):
    """sit_down(name) -> this person's JupyterLab, after logging in."""

    def sat(name):
        page = open_page(viewport={"width": 1300, "height": 900})
        page.set_default_timeout(SECONDS)
        page.goto(hub[0])
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill("trial")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("menuitem", name="Nbgrader").wait_for()
        return page

    return sat


def test_two_students_fetch_and_hand_in_and_the_instructor_collects(hub, sit_down):
    instructor = sit_down("instructor")
    menu(instructor, "Nbgrader$", "Formgrader")
    formgrader = instructor.frame_locator("iframe[src*=formgrader]")
    row = formgrader.locator("tr", has_text=UNIT)
    row.locator(".release a").click()
    confirm(formgrader, "Successfully released")

    for name in ("amani", "baraka"):
        student = sit_down(name)
        menu(student, "Nbgrader$")
        assert student.get_by_role("menuitem", name="Formgrader").count() == 0
        menu(student, "Assignment List")
        student.get_by_role("button", name="Fetch", exact=True).click()
        if name == "amani":
            run_the_first_cell(student)
            student.get_by_role("tab", name="Assignments").click()
        student.get_by_role("button", name="Submit", exact=True).click()
        submitted = student.locator("#submitted_assignments_list")
        submitted.get_by_text(UNIT).wait_for()
        assert submitted.get_by_text("UTC").count() == 1  # one's own, not what others handed in

    row.locator(".collect a").click()
    confirm(formgrader, "Successfully collected")
    course = hub[1] / "course"
    assert {path.name for path in (course / "submitted").iterdir()} == {"amani", "baraka"}
    assert (course / "submitted" / "amani" / UNIT / f"{UNIT}.ipynb").is_file()


def run_the_first_cell(page):
    """The set-up cell: a kernel starts, and finds the course."""
    page.locator("#fetched_assignments_list").get_by_role("button", name=UNIT).click()
    page.locator(".nested_list_item").get_by_text(UNIT, exact=True).click()
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("ControlOrMeta+Enter")
    prompt = page.locator(".jp-CodeCell .jp-InputPrompt").first
    prompt.get_by_text("[1]:").wait_for()
    assert page.locator(".jp-CodeCell").first.locator(".jp-OutputArea-output").count() == 0
