"""
Take the pictures of the README from seeded data: python scripts/take_pictures.py

Writes docs/images/*.png. Needs Chromium, as the tests in a browser do.
"""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

REPOSITORY = Path(__file__).parents[1]
IMAGES = REPOSITORY / "docs" / "images"


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[str]:
    """The hub on a free port; its address."""
    from rollbook.wsgi import application

    with make_server("127.0.0.1", 0, application, Server, Silent) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def take(home: str) -> None:
    """Seed a hub in `home`, and picture it."""
    os.environ |= {
        "ROLLBOOK_HOME": home,
        "DJANGO_SETTINGS_MODULE": "rollbook.settings",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",  # Playwright's event loop runs while the data is seeded
    }
    os.environ.pop("DATABASE_URL", None)
    import django
    from django.core.management import call_command

    from tests.support.browser import chromium

    django.setup()
    call_command("migrate", verbosity=0)
    from tests.web.seed import PASSWORD, seed

    world = seed()
    pages = {"run": f"/runs/{world.applied.pk}/"}
    IMAGES.mkdir(parents=True, exist_ok=True)
    with serving() as address, chromium() as browser:
        for look in ("light", "dark"):
            context = browser.new_context(viewport={"width": 1280, "height": 860}, color_scheme=look)
            page = context.new_page()
            page.goto(f"{address}/login/")
            page.get_by_label("E-mail address").fill(world.member.email)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
            for name, at in pages.items():
                page.goto(address + at)
                page.screenshot(path=IMAGES / f"{name}-{look}.png")
            context.close()


if __name__ == "__main__":
    sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "src")]
    with tempfile.TemporaryDirectory() as home:
        take(home)
