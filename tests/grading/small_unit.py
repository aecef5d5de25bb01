"""A unit of four small tasks, to try the grader on: a function, a function of tensors, a generator, a network."""

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from utils.grading.records import Bundle, Submission, Task

# In the hidden tests only: whoever can print it has seen what no student may see.
SECRET = "".join(["hidden", "-", "b7c1", "-", "marker"])

REFERENCE = {
    "double": "def double(x):\n    return 2 * x",
    "scale": "def scale(x, factor=2.0):\n    return x * factor",
    "evens": "def evens(n):\n    for i in range(n):\n        yield 2 * i",
    "Net": (
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.layer = nn.Linear(3, 2)\n\n"
        "    def forward(self, x):\n        return self.layer(x)"
    ),
}

TESTS = {
    "double": """from utils import checks
task = checks.task(10)
with task.part(2, "three"):
    checks.equal(double(3), 6, "double(3)", mistakes={"that is the square": 9})
### BEGIN HIDDEN TESTS
with task.part(4, "a fresh number"):
    checks.equal(double(x=17), 34, "double(x=17) [SECRET]")
with task.part(4, "text is refused"):
    checks.equal(double(2.5), 5.0, "double(2.5)")
### END HIDDEN TESTS
task.score()""",
    "scale": """import torch
from utils import checks
task = checks.task(10)
x = torch.tensor([1.0, 2.0])
with task.part(5, "values"):
    checks.close(scale(x), torch.tensor([2.0, 4.0]), "scale(x)")
### BEGIN HIDDEN TESTS
with task.part(5, "gradient"):
    value, (gradient,) = checks.gradient(scale, x, factor=3.0)
    checks.close(gradient, torch.tensor([3.0, 3.0]), "the gradient [SECRET]")
### END HIDDEN TESTS
task.score()""",
    "evens": """from utils import checks
task = checks.task(10)
with task.part(5, "three"):
    checks.equal(list(evens(3)), [0, 2, 4], "evens(3)")
### BEGIN HIDDEN TESTS
with task.part(5, "one by one"):
    numbers = evens(2)
    checks.equal([next(numbers), next(numbers), next(numbers, None)], [0, 2, None], "evens(2) [SECRET]")
### END HIDDEN TESTS
task.score()""",
    "Net": """import torch
from torch import nn
from utils import checks
task = checks.task(10)
with task.part(5, "a module"):
    checks.equal(isinstance(Net(), nn.Module), True, "Net() is a module")
    checks.equal(issubclass(Net, nn.Module), True, "Net is a class of modules")
### BEGIN HIDDEN TESTS
with task.part(5, "its layer"):
    net = Net()
    net.load_state_dict({"layer.weight": torch.ones(2, 3), "layer.bias": torch.zeros(2)})
    checks.close(net.eval()(torch.ones(1, 3)), torch.full((1, 2), 3.0), "the layer of ones [SECRET]")
    checks.equal([name for name, _ in net.named_parameters()], ["layer.weight", "layer.bias"], "its parameters")
### END HIDDEN TESTS
task.score()""",
}


def notebook(answers):
    """The solution notebook with other texts in some solution cells."""
    cells = [new_code_cell("import torch\nfrom torch import nn", id="imports", metadata=_graded("imports", locked=True))]
    for name, source in (REFERENCE | answers).items():
        cells.append(new_code_cell(source, id=name, metadata=_graded(name, solution=True)))
        test = TESTS[name].replace("SECRET", SECRET)
        cells.append(new_code_cell(test, id=f"test-{name}", metadata=_graded(f"test_{name}", grade=True, locked=True, points=10)))
    return new_notebook(cells=cells)


def bundle():
    source = nbformat.writes(notebook({}))
    tasks = tuple(
        Task(name, 10.0, TESTS[name].replace("SECRET", SECRET), (name,)) for name in ("double", "scale", "evens", "Net")
    )
    return Bundle("small", "small", source, source, source, tasks, ())


def submission(**answers):
    return Submission("student", nbformat.writes(notebook(answers)).encode())


def _graded(name, **settings):
    usual = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    return {"nbgrader": usual | {"grade_id": name} | settings}
