"""Kills a worker in the middle of its work."""

import os
import signal

from watching import Watcher


class Killer(Watcher):
    """Kills one process of this session that `chooses` picks, once it has worked for a while; `killed` is its identifier then."""

    def __init__(self, chooses, seconds=0.3):
        super().__init__(0.02)
        self._chooses = chooses
        self._busy = seconds
        self.killed = None

    def see(self, process):
        if self._chooses(process) and sum(process.cpu_times()[:2]) > self._busy:
            os.kill(process.pid, signal.SIGKILL)
            self.killed = process.pid
            self.stop()
