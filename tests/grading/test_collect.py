"""Submissions are read with suspicion, and a learning platform's zip file is put where nbgrader has them, whatever its names are."""

import json
import os
import stat
import zipfile

import pytest
from class_of_three import course, hand_in
from tiny_bundle import ANSWERS, BUNDLE, UNIT, filled

from utils.authoring.course import CourseError
from utils.grading import collect
from utils.grading.repair import repair

NOTEBOOK = filled(ANSWERS)


@pytest.fixture
def folders(tmp_path):
    return course(tmp_path / "course", {"amani": NOTEBOOK})


def place(folders, student="amani"):
    return folders.submitted(student, UNIT)


def unreadable(folders, student="amani"):
    """The one thing that is said of a submission that is not read."""
    submission = collect.read(folders, student, UNIT)
    assert submission.notebook == b""
    assert repair(BUNDLE, submission).notebook is None
    (finding,) = repair(BUNDLE, submission).findings
    return finding


# -------------------------------------------------------------------------------------------------------------- reading


def test_a_submission_is_its_bytes_and_its_time(folders):
    (place(folders) / "timestamp.txt").write_text("2026-10-12 21:30:00 UTC\n")
    assert collect.read(folders, "amani", UNIT) == collect.Submission("amani", NOTEBOOK, "2026-10-12T21:30:00+00:00")


@pytest.mark.parametrize(
    ("text", "time"), [("2026-10-12 23:30:00 EAT", None), ("2026-10-12T23:30+02:00", "2026-10-12T21:30:00+00:00"), ("", None)]
)
def test_times_of_other_forms(folders, text, time):
    (place(folders) / "timestamp.txt").write_text(text)
    submission = collect.read(folders, "amani", UNIT)
    if "EAT" not in text:
        assert submission.handed_in == time
    assert submission.notebook == NOTEBOOK


@pytest.mark.parametrize("text", ["next week", "9" * 150, "\x00", "2026-99-99"])
def test_a_time_that_is_none_is_said_and_the_notebook_graded(folders, text):
    (place(folders) / "timestamp.txt").write_text(text)
    submission = collect.read(folders, "amani", UNIT)
    assert (submission.notebook, submission.handed_in) == (NOTEBOOK, None)
    assert "timestamp.txt holds no time" in submission.findings[0]


def test_who_handed_in_is_who_has_a_folder_for_the_unit(folders):
    hand_in(folders.root, "zuri", NOTEBOOK)
    (folders.root / "submitted" / "other" / "02_other").mkdir(parents=True)
    (folders.root / "submitted" / "README").write_text("")
    assert collect.students(folders, UNIT) == ["amani", "zuri"]
    assert collect.students(folders, UNIT, ["zuri"]) == ["zuri"]
    assert collect.students(folders, "02_other") == ["other"]


def test_a_renamed_notebook_is_graded_and_said_to_be_renamed(folders):
    (place(folders) / f"{UNIT}.ipynb").rename(place(folders) / "final (2).IPYNB")
    submission = collect.read(folders, "amani", UNIT)
    assert submission.notebook == NOTEBOOK
    assert "is called 'final (2).IPYNB' instead of '01_counting.ipynb'" in submission.findings[0]


def test_no_notebook_or_too_many_are_said(folders):
    (place(folders) / f"{UNIT}.ipynb").rename(place(folders) / "a.ipynb")
    (place(folders) / "b.ipynb").write_bytes(NOTEBOOK)
    assert "none of the 2 notebooks is called '01_counting.ipynb': 'a.ipynb', 'b.ipynb'" in unreadable(folders)
    for path in place(folders).iterdir():
        path.unlink()
    assert unreadable(folders) == "no notebook was handed in"
    (place(folders) / "answer.docx").write_text("")
    assert unreadable(folders) == "no notebook was handed in, only 'answer.docx'"


def test_links_are_not_followed(folders, tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(NOTEBOOK)
    notebook = place(folders) / f"{UNIT}.ipynb"
    notebook.unlink()
    notebook.symlink_to(secret)
    assert "is a link to another place" in unreadable(folders)
    (folders.root / "submitted" / "baraka").mkdir()
    place(folders, "baraka").symlink_to(place(folders))
    assert "is a link to another place" in unreadable(folders, "baraka")
    (folders.root / "submitted" / "chiku").symlink_to(folders.root / "submitted" / "amani")
    assert "is a link to another place" in unreadable(folders, "chiku")
    assert collect.students(folders, UNIT) == ["amani", "baraka", "chiku"], "each of them gets a result"


@pytest.mark.parametrize("kind", ["fifo", "folder"])
def test_what_is_no_file_is_not_read(folders, kind):
    notebook = place(folders) / f"{UNIT}.ipynb"
    notebook.unlink()
    os.mkfifo(notebook) if kind == "fifo" else notebook.mkdir()
    assert "is no file" in unreadable(folders)


def test_a_large_file_is_not_read(folders):
    with (place(folders) / f"{UNIT}.ipynb").open("wb") as file:
        file.truncate(100_000_000)
    assert unreadable(folders) == "the file has 100 MB; at most 50 MB are read"


# --------------------------------------------------------------------------------------------------------------- zip files


def zipped(tmp_path, *entries):
    """A zip file of (name, content, date) or (name, content) or ready-made ZipInfos."""
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content, *date in entries:
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name, *(date or [(2026, 10, 12, 10, 0, 0)]))
            archive.writestr(info, content)
    return path


def collected(folders, tmp_path, *entries):
    said = []
    collect.collect(folders, UNIT, zipped(tmp_path, *entries), said.append)
    found = {
        path.parents[1].name: path.read_bytes()
        for path in folders.root.glob(f"submitted/*/{UNIT}/{UNIT}.ipynb")
        if path.parents[1].name != "amani"
    }
    return found, said


def test_canvas(folders, tmp_path):
    found, said = collected(
        folders,
        tmp_path,
        (f"doejane_1001_77001_{UNIT}.ipynb", b"jane"),
        (f"omarali_LATE_1002_77002_{UNIT}-2.ipynb", b"ali"),
        ("omarali_LATE_1002_77003_answer.pdf", b"no notebook"),
    )
    assert found == {"doejane_1001": b"jane", "omarali_1002": b"ali"}
    assert said == []
    assert json.loads(collect.platform_file(place(folders, "omarali_1002")).read_text()) == {
        "platform": "canvas",
        "id": "1002",
        "name": "omarali",
    }
    assert (place(folders, "doejane_1001") / "timestamp.txt").read_text().startswith("2026-10-12")
    assert collect.read(folders, "doejane_1001", UNIT).handed_in


def test_moodle(folders, tmp_path):
    found, _ = collected(
        folders,
        tmp_path,
        (f"Jane Doe_4711_assignsubmission_file_/{UNIT}.ipynb", b"jane"),
        ("Nguyễn Văn Ánh_4712_assignsubmission_file_/work.ipynb", b"anh"),
        ("عمر علي_4713_assignsubmission_file_work.ipynb", b"omar"),
        ("Participant_4714_assignsubmission_file_/w.ipynb", b"blind"),
    )
    assert found == {"jane-doe": b"jane", "nguyễn-văn-ánh": b"anh", "عمر-علي": b"omar", "participant": b"blind"}
    assert json.loads(collect.platform_file(place(folders, "jane-doe")).read_text()) == {
        "platform": "moodle",
        "id": "4711",
        "name": "Jane Doe",
    }


def test_two_people_of_one_name_are_told_apart_by_their_numbers(folders, tmp_path):
    found, _ = collected(
        folders,
        tmp_path,
        ("Jane Doe_4711_assignsubmission_file_/a.ipynb", b"one"),
        ("Jane Doe_4799_assignsubmission_file_/a.ipynb", b"two"),
    )
    assert found == {"jane-doe_4711": b"one", "jane-doe_4799": b"two"}


def test_any_zip_file_with_a_folder_or_a_notebook_a_student(folders, tmp_path):
    found, _ = collected(
        folders, tmp_path, ("class/jane/x.ipynb", b"jane"), ("omar.ipynb", b"omar"), ("__MACOSX/jane/._x.ipynb", b"")
    )
    assert found == {"jane": b"jane", "omar": b"omar"}


def test_of_two_submissions_the_later_counts_and_the_other_is_kept(folders, tmp_path):
    early, late = (2026, 10, 11, 9, 0, 0), (2026, 10, 12, 9, 0, 0)
    found, said = collected(folders, tmp_path, ("jane/b.ipynb", b"late", late), ("jane/a.ipynb", b"early", early))
    assert found == {"jane": b"late"}
    assert [path.read_bytes() for path in (place(folders, "jane") / "earlier").iterdir()] == [b"early"]
    assert said == [
        f"jane handed in 2 notebooks: 'jane/b.ipynb' counts, 'jane/a.ipynb' is in {place(folders, 'jane') / 'earlier'}"
    ]
    found, said = collected(folders, tmp_path, ("jane/c.ipynb", b"latest", late))
    assert found == {"jane": b"latest"}
    assert "jane had handed in before: the new one counts" in said[0]
    assert {path.read_bytes() for path in (place(folders, "jane") / "earlier").iterdir()} == {b"early", b"late"}


def test_canvas_attempts_of_one_time_are_in_the_order_of_their_numbers(folders, tmp_path):
    found, _ = collected(
        folders, tmp_path, ("doe_1_2_w-10.ipynb", b"tenth"), ("doe_1_3_w-9.ipynb", b"ninth"), ("doe_1_1_w.ipynb", b"first")
    )
    assert found == {"doe_1": b"tenth"}


def test_collecting_twice_changes_nothing(folders, tmp_path):
    entries = [("jane/a.ipynb", b"one", (2026, 10, 11, 9, 0, 0)), ("jane/b.ipynb", b"two")]
    collected(folders, tmp_path, *entries)
    before = sorted(path for path in folders.root.rglob("*") if path.is_file())
    collected(folders, tmp_path, *entries)
    assert sorted(path for path in folders.root.rglob("*") if path.is_file()) == before


def link(name, target):
    info = zipfile.ZipInfo(name, (2026, 10, 12, 10, 0, 0))
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (("../../evil.ipynb", b"x"), "leads out of the zip file"),
        (("jane/../../evil.ipynb", b"x"), "leads out of the zip file"),
        (("/etc/evil.ipynb", b"x"), "leads out of the zip file"),
        (("..\\..\\evil.ipynb", b"x"), "leads out of the zip file"),
        (("C:\\evil.ipynb", b"x"), "leads out of the zip file"),
        (link("jane/link.ipynb", "/etc/passwd"), "it is a link"),
        (("jane/bomb.ipynb", b"0" * 60_000_000), "the file has 60 MB"),
    ],
)
def test_entries_that_lead_elsewhere_are_refused_and_the_others_collected(folders, tmp_path, entry, words):
    found, said = collected(folders, tmp_path, entry, ("omar/fine.ipynb", b"fine"))
    assert found == {"omar": b"fine"}
    assert len(said) == 1 and words in said[0]
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize("name", ["...", "   ", "\u202egnp.exe", "a" * 500, "CON", "😀", "a\nb", "-rf", ".hidden"])
def test_any_name_gives_one_plain_folder_inside_submitted(folders, tmp_path, name):
    found, _ = collected(folders, tmp_path, (f"{name}_7_assignsubmission_file_/w.ipynb", b"x"))
    (student,) = found
    assert found == {student: b"x"}
    assert len(student) <= 70 and student[0] not in ".-" and not set(student) & set("/\\:\n\x00 ")


def test_what_is_no_zip_file_or_holds_no_notebook_is_a_clear_error(folders, tmp_path):
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(CourseError, match="could not be read as a zip file"):
        collect.collect(folders, UNIT, broken)
    with pytest.raises(CourseError, match="could not be read"):
        collect.collect(folders, UNIT, tmp_path / "nowhere.zip")
    with pytest.raises(CourseError, match="holds no notebook"):
        collect.collect(folders, UNIT, zipped(tmp_path, ("jane/answer.pdf", b"")))


def test_it_does_not_write_through_a_link(folders, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folders.root / "submitted" / "jane").symlink_to(elsewhere)
    found, said = collected(folders, tmp_path, ("jane/w.ipynb", b"x"))
    assert "refused to write" in said[0]
    assert list(elsewhere.iterdir()) == []
