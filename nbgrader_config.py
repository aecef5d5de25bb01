"""nbgrader's settings for this course; every nbgrader command and JupyterLab's extensions read it from the course folder."""

import os
import sys
from pathlib import Path

# nbgrader finds alembic through PATH: without this, programs called as .venv/bin/nbgrader leave a half-made gradebook.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

c = get_config()  # noqa: F821  (traitlets puts it there)

c.CourseDirectory.course_id = "dl4cv"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
# The text source beside a solution notebook holds the solution too: it must not follow the notebook into the release. The grader's
# results.json names hidden tests: it must not follow an autograded notebook into the feedback.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "__pycache__", "*.py", "*.pyc", "results.json"]

# A test cell that runs longer than this many seconds earns nothing; the rest of the submission is still graded.
c.ExecutePreprocessor.timeout = 120
# What a student finds where the solution was.
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
