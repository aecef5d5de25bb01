"""What students open runs as far as they have written it: to the first unwritten answer, which its test then names."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).parents[2]
EXERCISES = sorted((ROOT / "exercises").glob("*/*.ipynb"))


@pytest.mark.parametrize("path", EXERCISES, ids=lambda path: path.stem)
def test_an_untouched_exercise_runs_up_to_its_first_unwritten_answer(path):
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, kernel_name="python3", timeout=120, resources={"metadata": {"path": str(path.parent)}})
    with pytest.raises(CellExecutionError) as stopped:
        client.execute()
    tests = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id", "").startswith("test_")]
    assert [output.output_type for output in tests[0].outputs] == ["error"]
    assert stopped.value.ename == "CheckFailed"
    assert "not written yet" in stopped.value.evalue
    assert len(tests[0].outputs[0].traceback) < 20, "a student reads the report, not the inside of the checks"


def test_there_is_an_exercise():
    assert EXERCISES
