"""The release check: what has to hold before a notebook leaves the author's hands.

Each module looks at one thing; each function takes notebooks and returns problems, texts that say where and what to do.

    noise.py        metadata and outputs that tell who or what machine made them; size
    regions.py      ### BEGIN ... ### END markers
    assignment.py   the source of an assignment: grade ids, locks, points, tasks
    test_cells.py   the grammar of one test cell
    release.py      what students get: nothing of a solution or a hidden test, and stubs
    lecture.py      the grammar of a lecture, and its outputs
"""
