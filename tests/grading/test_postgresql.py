"""The gradebook on a real PostgreSQL server, through nbgrader's own db_url."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from class_of_three import WORK, course, hand_in, run
from sqlalchemy import text
from tiny_bundle import ANSWERS, UNIT, filled

from utils.authoring.course import CourseError
from utils.grading.gradebook import Gradebook

PROGRAMS = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
INITDB = shutil.which("initdb") or (PROGRAMS and str(PROGRAMS / "initdb"))
PG_CTL = shutil.which("pg_ctl") or (PROGRAMS and str(PROGRAMS / "pg_ctl"))

pytestmark = pytest.mark.skipif(
    not (INITDB and PG_CTL), reason="PostgreSQL's server is not installed (Debian, Ubuntu: apt install postgresql)"
)


@pytest.fixture(scope="module")
def server():
    """Address of a server of its own, in a folder that is thrown away. It refuses to run as root, so root runs it as `postgres`."""
    pytest.importorskip("psycopg", reason="the driver is not installed: pip install 'dl4cv[postgresql]'")
    root = Path(tempfile.mkdtemp(prefix="pg"))
    other = {"user": "postgres"} if os.getuid() == 0 else {}
    if other:
        shutil.chown(root, "postgres")

    def call(*command):
        subprocess.run(command, check=True, cwd=root, stdout=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C.UTF-8"}, **other)

    call(INITDB, "--pgdata", str(root / "data"), "--username", "teacher", "--auth", "trust", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories={root} -c fsync=off"
    call(PG_CTL, "--pgdata", str(root / "data"), "--wait", "--log", str(root / "log"), "--options", options, "start")
    try:
        yield f"postgresql+psycopg://teacher@/postgres?host={root}"
    finally:
        call(PG_CTL, "--pgdata", str(root / "data"), "--mode", "immediate", "stop")
        shutil.rmtree(root)


@pytest.fixture
def folders(tmp_path, server):
    root = tmp_path / "course"
    root.mkdir()
    made = course(root)
    (root / "gradebook.db").unlink()
    with (root / "nbgrader_config.py").open("a") as config:
        config.write(f'\nc.CourseDirectory.db_url = "{server}"\n')
    from utils.grading.folders import folders

    made = folders(root)
    yield made
    with Gradebook(made) as gradebook:
        gradebook.api.Base.metadata.drop_all(gradebook.book.engine)
        gradebook.session.execute(text("drop table alembic_version"))
        gradebook.session.commit()


def scores(folders):
    with Gradebook(folders) as gradebook:
        return {student: entry.scores for student, entry in gradebook.entries(UNIT).items()}


def test_marks_are_the_same_as_in_a_file_and_a_second_run_grades_nothing(folders):
    run(folders)
    assert scores(folders) == {
        "amani": {"test_double": 60.0, "test_triple": 30.0, "why": None},
        "baraka": {"test_double": 0.0, "test_triple": 0.0, "why": 0.0},
        "chiku": {"test_double": 20.0, "test_triple": 30.0, "why": 0.0},
    }
    assert not (folders.root / "gradebook.db").exists()
    assert run(folders).skipped == 3


def test_what_a_person_entered_stays_and_changes_are_graded(folders):
    run(folders)
    with Gradebook(folders) as gradebook:
        gradebook.book.find_grade("why", UNIT, UNIT, "amani").manual_score = 8.0
        gradebook.session.commit()
    hand_in(folders.root, "amani", filled(ANSWERS | {"why": "Another."}))
    assert [result.student for result in run(folders).results] == ["amani"]
    assert scores(folders)["amani"] == {"test_double": 60.0, "test_triple": 30.0, "why": 8.0}


def test_a_gradebook_that_is_lost_is_made_again(folders, tmp_path):
    run(folders)
    with Gradebook(folders) as gradebook:
        for submission in gradebook.book.assignment_submissions(UNIT):
            gradebook.book.remove_submission(UNIT, submission.student.id)
    assert run(folders, log=tmp_path / "log").recovered == sorted(WORK)
    assert not (tmp_path / "log").exists()
    assert scores(folders)["chiku"]["test_double"] == 20.0


def test_a_server_that_is_away_is_a_clear_error(tmp_path, server):
    made = course(tmp_path / "course")
    made.course.db_url = server.replace("?host=", "?host=/nowhere")
    with pytest.raises(CourseError, match="the gradebook could not be written"):
        run(made)
