"""What of a cluster is seen from outside: a port with a certificate, and a folder of the run's files."""

import tempfile
from pathlib import Path
from typing import Any

from lab.cluster.certificates import certificates
from lab.cluster.serving import LoopbackServer


class Front:
    """Takes its port at once and serves from `start` to `stop`."""

    def __init__(self, application: Any, port: int) -> None:
        """Port 0 takes a free one. Raises OSError for a port that is taken."""
        self._folder = tempfile.TemporaryDirectory(prefix="lab-cluster-")
        self.authority = certificates().authority
        """The CA's certificate, PEM."""
        self._server = LoopbackServer(application, port, *certificates().write(self.folder))

    @property
    def folder(self) -> Path:
        """Goes with `stop`."""
        return Path(self._folder.name)

    @property
    def url(self) -> str:
        """`https://127.0.0.1:PORT`."""
        return f"https://127.0.0.1:{self._server.port}"

    def start(self) -> None:
        """Serve; ready on return."""
        self._server.start()

    def stop(self) -> None:
        """Close the port and remove the files."""
        self._server.stop()
        self._folder.cleanup()
