"""nbgrader's settings for this course; every nbgrader command and JupyterLab's extensions read it from the course folder."""

import os
import sys
from contextlib import suppress
from pathlib import Path

# nbgrader finds alembic through PATH: without this, programs called as .venv/bin/nbgrader leave a half-made gradebook.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

c = get_config()  # noqa: F821  (traitlets puts it there)

# Where those who work on one machine or JupyterHub hand notebooks to each other: the folder that NBGRADER_EXCHANGE names, or nbgrader's
# usual one if somebody has made it, or else a folder of this course, enough to try the whole loop alone.
exchange = Path(os.environ.get("NBGRADER_EXCHANGE", "/usr/local/share/nbgrader/exchange"))
if "NBGRADER_EXCHANGE" not in os.environ and not exchange.is_dir():
    exchange = Path(__file__).parent / "exchange"
    with suppress(OSError):
        exchange.mkdir(exist_ok=True)
c.Exchange.root = str(exchange)

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
