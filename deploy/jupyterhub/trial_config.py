"""jupyterhub_config.py, to try on a laptop: anyone gets in with the password "trial", and all that they do lies in the folder DL4CV_TRIAL.

Everybody's code runs as the one user who started it, so this is for trying only. The folder must hold the course as course/.
"""

import os
from pathlib import Path

trial = Path(os.environ["DL4CV_TRIAL"]).resolve()
os.environ["DL4CV_COURSE"] = str(trial / "course")
os.environ["NBGRADER_EXCHANGE"] = str(trial / "exchange")
(trial / "exchange").mkdir(exist_ok=True)

load_subconfig("jupyterhub_config.py", path=str(Path(__file__).resolve().parent))  # noqa: F821  (traitlets puts it there)
c = get_config()  # noqa: F821

c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "trial"
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(trial / "homes" / "{username}")
c.JupyterHub.db_url = f"sqlite:///{trial / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(trial / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(trial / "proxy.pid")
if os.geteuid() == 0:
    c.Spawner.args = ["--allow-root"]
