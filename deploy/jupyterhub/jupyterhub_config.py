"""A JupyterHub for one class on one machine: students work in their homes, instructors in the course's folder, an exchange lies between them.

docs/instructors.md says how to set the machine up. `jupyterhub -f trial_config.py` tries it all as one user, in one folder.
"""

import os
from pathlib import Path

c = get_config()  # noqa: F821  (traitlets puts it there)
here = Path(__file__).resolve().parent

INSTRUCTORS = {"instructor"}  # names of users of this machine; everyone else is a student
COURSE = Path(os.environ.get("DL4CV_COURSE", "/srv/dl4cv"))  # the course with its solutions: for instructors only (chmod 0750)
EXCHANGE = Path(
    os.environ.get("NBGRADER_EXCHANGE", "/usr/local/share/nbgrader/exchange")
)  # made by hand, open to all (chmod 0777)

c.JupyterHub.bind_url = "http://127.0.0.1:8000"  # a web server in front of it (Caddy, nginx) brings it to the network, with TLS
c.Authenticator.allow_all = True  # every user of this machine, by its password (PAM)
c.Authenticator.admin_users = INSTRUCTORS
c.Spawner.default_url = "/lab"
c.JupyterHub.concurrent_spawn_limit = 10  # so that the start of a lecture does not bring the machine down
# The next two ask for `pip install jupyterhub-systemdspawner jupyterhub-idle-culler`; a class of any size wants them.
# c.JupyterHub.spawner_class = "systemd"; c.SystemdSpawner.mem_limit = "2G"; c.SystemdSpawner.cpu_limit = 1.0
# c.JupyterHub.services = [{"name": "idle", "command": ["python3", "-m", "jupyterhub_idle_culler", "--timeout=3600"]}]


def seat(spawner):
    """Where a person works, and which of nbgrader's tools they have."""
    instructor = spawner.user.name in INSTRUCTORS
    spawner.environment = {
        "NBGRADER_EXCHANGE": str(EXCHANGE),
        "JUPYTER_CONFIG_PATH": str(here / ("instructor" if instructor else "student")),
    }
    if instructor:
        spawner.notebook_dir = str(COURSE)
        spawner.cmd = ["sh", "-c", 'cd "$JUPYTERHUB_ROOT_DIR" && exec jupyterhub-singleuser "$@"', "--"]  # nbgrader looks there


c.Spawner.pre_spawn_hook = seat
