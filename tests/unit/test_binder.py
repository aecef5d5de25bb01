"""What Binder reads: repo2docker takes environment.yml, and the links open JupyterLab on a notebook that is there."""

import re
import tomllib
from pathlib import Path
from urllib.parse import unquote

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
# repo2docker would build from one of these instead (in this order), or besides, and nobody would notice that environment.yml is not read.
INSTEAD = (
    "binder",
    ".binder",
    "Dockerfile",
    "conda-lock.yml",
    "Pipfile",
    "Pipfile.lock",
    "requirements.txt",
    "setup.py",
    "runtime.txt",
)
CONDA_NAMES = {"torch": "pytorch-cpu", "matplotlib": "matplotlib-base"}  # no GPU there, and no window


def environment() -> dict:
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))


def test_repo2docker_takes_environment_yml():
    assert [name for name in INSTEAD if (ROOT / name).exists()] == []


def test_it_asks_for_what_the_package_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {Requirement(r).name: str(Requirement(r).specifier) for r in project["dependencies"]}
    wanted |= {Requirement(r).name: str(Requirement(r).specifier) for r in project["optional-dependencies"]["lab"]}
    *conda, pip = environment()["dependencies"]
    given = {re.split(r"[!>=<]", line)[0]: line for line in [*conda, *pip["pip"]]}
    for name, specifier in wanted.items():
        name = CONDA_NAMES.get(name, name)
        assert given.get(name) == f"{name}{specifier}"
    assert "--editable ." in given
    assert SpecifierSet(project["requires-python"]).contains(given["python"].removeprefix("python="))


def test_every_link_opens_jupyterlab_on_a_notebook_that_is_there():
    links = re.findall(
        r"\(https://mybinder\.org/v2/gh/[\w.-]+/[\w.-]+/[\w.%-]+\?urlpath=([^)]+)\)", (ROOT / "README.md").read_text()
    )
    assert unquote(links[0]).removeprefix("lab/tree/").startswith("lectures/01_")
    for link in links:
        assert link.startswith("lab/tree/")
        assert (ROOT / unquote(link).removeprefix("lab/tree/")).is_file(), link
