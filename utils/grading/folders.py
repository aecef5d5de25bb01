"""Where nbgrader keeps what belongs to a student and a unit, by the course's nbgrader_config.py."""

from dataclasses import dataclass
from pathlib import Path

from utils.authoring.course import CourseError


@dataclass(frozen=True)
class Folders:
    """A course folder as nbgrader sees it."""

    root: Path
    config: object  # traitlets' Config, for nbgrader's own parts
    course: object  # nbgrader's CourseDirectory

    @property
    def db_url(self) -> str:
        """Address of the gradebook, as SQLAlchemy takes it."""
        return self.course.db_url

    @property
    def cache(self) -> Path:
        """Where the grader keeps what it can make again."""
        return self.root / ".cache" / "grading"

    def solution(self, unit: str) -> Path:
        return Path(self.course.format_path(self.course.source_directory, ".", unit), f"{unit}.ipynb").resolve()

    def submitted(self, student: str, unit: str) -> Path:
        return Path(self.course.format_path(self.course.submitted_directory, student, unit))

    def autograded(self, student: str, unit: str) -> Path:
        return Path(self.course.format_path(self.course.autograded_directory, student, unit))

    def feedback(self, student: str, unit: str) -> Path:
        return Path(self.course.format_path(self.course.feedback_directory, student, unit))


def folders(root: Path) -> Folders:
    """Read nbgrader_config.py in `root`.

    Raises
    ------
    CourseError
        If it is not there, or has student and assignment in other places than nbgrader's own default.
    """
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import PyFileConfigLoader

    root = Path(root).resolve()
    if not (root / "nbgrader_config.py").is_file():
        raise CourseError(f"{root / 'nbgrader_config.py'} is missing: it says where submissions lie and how they are graded")
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.CourseDirectory.root = str(root)
    course = CourseDirectory(config=config)
    if Path(course.directory_structure) != Path("{nbgrader_step}", "{student_id}", "{assignment_id}"):
        raise CourseError(
            f"nbgrader_config.py sets directory_structure to {course.directory_structure!r}; dl4cv grade knows only "
            "nbgrader's default, {nbgrader_step}/{student_id}/{assignment_id}: remove the setting, or grade with nbgrader itself"
        )
    return Folders(root, config, course)
