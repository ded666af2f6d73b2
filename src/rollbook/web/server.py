"""How gunicorn serves the pages: `gunicorn --config python:rollbook.web.server`."""

import logging
import logging.config
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from gunicorn.glogging import Logger

from rollbook import settings

PROBES = {"/healthz", "/readyz", "/metrics"}


class Log(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's own log and the access log go where the hub's goes, in the same form."""

    def setup(self, cfg: Any) -> None:
        """Leave the handlers to the hub's own."""
        self.cfg = cfg
        self._access_log_enabled = True
        logging.config.dictConfig(settings.LOGGING)
        self.error_log.propagate = self.access_log.propagate = True

    def access(self, resp: Any, _req: Any, environ: Mapping[str, Any], request_time: timedelta) -> None:
        """One request: what was asked for and how it went. No query, no address, no browser: those are a person's."""
        path, status = str(environ["PATH_INFO"]), int(str(resp.status).split()[0])
        level = logging.DEBUG if path in PROBES and status < 400 else logging.INFO
        facts = {
            "method": environ["REQUEST_METHOD"],
            "path": path,
            "status": status,
            "seconds": round(request_time.total_seconds(), 3),
        }
        self.access_log.log(level, "%s %s %s", facts["method"], path, status, extra=facts)


wsgi_app = "rollbook.wsgi"
worker_class = "gthread"
workers = 2
threads = 16  # of which files that are uploaded take twelve at most
timeout = 120
graceful_timeout = 10
control_socket_disable = True
logger_class = Log
