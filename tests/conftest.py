"""What runs together when the tests are spread over processes (`pytest -n 2 --dist loadgroup`): a file, and of the answer bank a unit."""

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        parameters = getattr(item, "callspec", None) and item.callspec.params or {}
        unit = parameters.get("unit") or getattr(parameters.get("answer"), "unit", "")
        item.add_marker(pytest.mark.xdist_group(f"{item.path.name} {unit}".strip()))
