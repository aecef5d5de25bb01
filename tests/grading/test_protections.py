"""What a machine cannot protect is named, refused, and only done without where somebody said so by name."""

import dataclasses
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from utils import cli
from utils.grading import protections, sandbox
from utils.grading.walls import Limits


@pytest.fixture(autouse=True)
def fresh():
    protections.protections.cache_clear()
    yield
    protections.protections.cache_clear()


@pytest.fixture
def without_landlock(monkeypatch):
    found = {"bubblewrap": None, "namespaces": None, "seccomp": None, "landlock": "the kernel has no Landlock"}
    monkeypatch.setattr(protections, "_try_each", lambda: found)


def test_this_machine_has_them_all():
    assert [p for p in protections.protections() if p.missing] == []
    protections.require(Limits())


def test_doctor_lists_them():
    done = CliRunner().invoke(cli.app, ["doctor"])
    assert done.exit_code == 0
    assert done.output.count("✔") == 5 and "can be graded" in done.output


def test_a_missing_one_is_named_and_refused_with_what_to_do(without_landlock):
    with pytest.raises(sandbox.SandboxFailed) as refused:
        protections.require(Limits())
    for words in ("landlock", "the kernel has no Landlock", "--allow-missing landlock", "container"):
        assert words in str(refused.value)
    done = CliRunner().invoke(cli.app, ["doctor"])
    assert done.exit_code == 1
    assert "✘ landlock" in done.output and "--allow-missing landlock" in done.output


def test_it_can_be_done_without_by_its_name_alone(without_landlock):
    protections.require(Limits(missing=("landlock",)))
    with pytest.raises(sandbox.SandboxFailed, match="landlock"):
        protections.require(Limits(missing=("seccomp",)))


def test_a_name_that_is_no_protection_is_refused():
    with pytest.raises(sandbox.SandboxFailed, match="no protection"):
        protections.require(Limits(missing=("walls",)))


@pytest.fixture
def elsewhere(monkeypatch):
    """As if the course lay outside of /tmp, where this copy of it may well lie: a process that runs no submission sees it in its place."""
    monkeypatch.setattr(sandbox, "inside", str)


def test_below_tmp_a_course_cannot_be_graded_without_bubblewrap_and_is_told_why(monkeypatch):
    monkeypatch.setattr(protections.shutil, "which", lambda name: None)
    monkeypatch.setattr(sandbox, "shown", lambda: ["/usr", "/tmp/course/utils"])
    missing = {p.name: p.missing for p in protections.protections() if p.missing}
    assert "/tmp/course/utils cannot be seen by a submission" in missing["namespaces"] and "move" in missing["landlock"]
    with pytest.raises(sandbox.SandboxFailed, match="a /tmp of its own: move the course"):
        sandbox.Warm("student", {}, Limits(missing=tuple(missing)))


@pytest.mark.usefixtures("elsewhere")
def test_without_bubblewrap_the_other_walls_can_still_be_had(monkeypatch):
    monkeypatch.setattr(protections.shutil, "which", lambda name: None)
    missing = {p.name: p.missing for p in protections.protections() if p.missing}
    assert missing.keys() == {"bubblewrap"} and "apt install bubblewrap" in missing["bubblewrap"]


@pytest.mark.usefixtures("elsewhere")
def test_what_bubblewrap_says_where_it_does_not_run_is_passed_on(monkeypatch):
    monkeypatch.setattr(
        sandbox, "bubblewrap", lambda: ["sh", "-c", "echo bwrap: No permissions to create new namespace >&2; exit 1"]
    )
    missing = {p.name: p.missing for p in protections.protections() if p.missing}
    assert missing.keys() == {"bubblewrap"}
    assert "No permissions" in missing["bubblewrap"] and "unprivileged_userns_clone" in missing["bubblewrap"]


def test_a_wall_that_cannot_be_tried_is_missing(monkeypatch):
    monkeypatch.setattr(sandbox, "python", lambda: "false")
    assert {p.name for p in protections.protections() if p.missing} == {"bubblewrap", "namespaces", "landlock", "seccomp"}


def test_elsewhere_than_on_linux_only_a_container_helps(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(sandbox.SandboxFailed, match="needs Linux") as refused:
        protections.require(Limits())
    assert "--allow-missing" not in str(refused.value)


def view(*command):
    done = subprocess.run([*sandbox.bubblewrap(), *command], capture_output=True, text=True, env=sandbox.environment())
    return done.stdout + done.stderr


def test_the_view_holds_the_package_and_its_data_and_nothing_else_of_the_course():
    course = sandbox.inside(sandbox.store.PACKAGE.parent)
    assert set(view("ls", "-A", course).split()) <= {"utils", "data", ".venv"}
    assert "pyenv" in view("ls", "-A", "/root") or "cannot access" in view("ls", "-A", "/root")


@pytest.mark.parametrize("inside", ["a library's folder", "/tmp"])
def test_a_course_may_lie_inside_a_library_or_in_tmp(inside, tmp_path, monkeypatch):
    course = tmp_path / "course"
    for folder in ("utils", "data", "solutions"):
        (course / folder).mkdir(parents=True)
        (course / folder / "file").write_text(folder)
    monkeypatch.setattr(sandbox.store, "PACKAGE", course / "utils")
    if inside == "a library's folder":
        monkeypatch.setattr(sandbox, "_libraries", lambda: [str(tmp_path)])
    place = sandbox.inside(course)
    assert place.startswith("/outside/tmp/") or not str(course).startswith("/tmp/")
    assert view("cat", f"{place}/utils/file", f"{place}/data/file") == "utilsdata"
    assert "No such file" in view("cat", f"{place}/solutions/file")


def test_limits_are_plain_data():
    assert Limits(**dataclasses.asdict(Limits(missing=("landlock",)))) == Limits(missing=("landlock",))
