"""The package behind the course: what the notebooks import, and the tools that build and grade them.

Importing it costs nothing: each module imports torch only where it is used.
"""

__version__ = "0.1.0"
