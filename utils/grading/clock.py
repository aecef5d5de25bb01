"""Time limits in processor seconds, so that a busy machine costs nobody any points; what only waits is ended by the clock on the wall."""

import os
import select
import time
from collections.abc import Callable

PATIENCE = 4  # seconds on the wall for every second of a limit


class Clock:
    """Counts what is used since `restart`: processor seconds, or the seconds that passed divided by PATIENCE, whichever is more.

    Parameters
    ----------
    cpu : function
        Returns the processor seconds that were used so far, of all processes that count.
    """

    def __init__(self, cpu: Callable[[], float]):
        self.cpu = cpu
        self.begun = cpu(), time.monotonic()

    def restart(self) -> float:
        """Count from 0 again; returns what was used until now."""
        used = self.used()
        self.begun = self.cpu(), time.monotonic()
        return used

    def used(self) -> float:
        cpu, wall = self.begun
        return max(self.cpu() - cpu, (time.monotonic() - wall) / PATIENCE)

    def wait(self, sock, limit: float) -> bool:
        """Wait until there is something to read from `sock`; False if `limit` seconds are used before."""
        while (left := limit - self.used()) > 0:
            if select.select([sock], [], [], max(0.02, left / (os.cpu_count() or 1)))[0]:  # they cannot be used any faster
                return True
        return False
