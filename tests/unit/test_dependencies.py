"""Why pyproject.toml leaves out releases of what others bring along."""

import subprocess
import sys


def test_opening_a_notebook_compiles_no_grammar():
    code = "import sys, nbformat; print('rfc3987_syntax.syntax_helpers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
