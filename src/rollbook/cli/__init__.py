"""
The command line. `rollbook COMMAND --help` tells each command's options.

Exit codes: 0 applied, tested or nothing to do; 1 failed; 2 wrong usage; 3 held for approval. What went wrong is
said on standard error: what happened, what was not changed, what to do.
"""

import atexit
import ctypes
import gc
import importlib
import os
import sys
from contextlib import suppress
from dataclasses import dataclass

import click

_M_ARENA_MAX = -8
"""As glibc's malloc.h names it."""

_COMMANDS = {
    "init": "setup",
    "demo": "demo",
    "serve": "serve",
    "web": "serve",
    "check": "files",
    "template": "files",
    "export": "roster",
    "integration": "integration",
    "sources": "sources",
    "plugin": "sources",
    "simulate": "sources",
    "schedule": "schedule",
    "codes": "codes",
    "run": "run",
    "runs": "run",
    "plan": "run",
    "approve": "run",
    "discard": "run",
    "undo": "run",
    "cancel": "run",
    "retry": "run",
    "worker": "worker",
    "sftp": "sftp",
    "sftp-account": "senders",
    "upload-token": "upload_tokens",
    "bans": "senders",
    "delivery": "deliveries",
    "edit": "roster",
    "release": "roster",
    "notify": "notify",
    "keys": "keys",
    "member": "accounts",
    "tenant": "accounts",
    "doctor": "setup",
}


class _Lazy(click.Group):
    """Loads the module of a command only when it is called: `rollbook --help` and `check` need no database."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        if name not in _COMMANDS:
            return None
        module = importlib.import_module(f"rollbook.cli.{_COMMANDS[name]}")
        command: click.Command = getattr(module, name.replace("-", "_"))
        return command


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="rollbook")
@click.option("--debug", is_flag=True, help="Show where in the code an error arose.")
def rollbook(debug: bool) -> None:  # noqa: ARG001 - `main` looks for it
    """Take rosters out of any student information system: check, plan, apply, undo."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rollbook.settings")


def main() -> None:
    """Run a command and leave with its exit code."""
    ending = _start_light()
    from rollbook.core.errors import RollbookError

    debug = "--debug" in sys.argv
    try:
        rollbook(standalone_mode=True)
    except SystemExit as leaving:
        ending.code = leaving.code if isinstance(leaving.code, int) else None
        raise
    except RollbookError as error:
        if debug:
            raise
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except Exception as error:
        if debug:
            raise
        click.echo(
            f"Error: something went wrong inside the hub ({type(error).__name__}). "
            "The roster was not changed by this command "
            "unless a run says so (rollbook runs). Run again with --debug before the command to see where it arose.",
            err=True,
        )
        sys.exit(1)


def _start_light() -> "_Ending":
    """
    Spare every command what no command needs, and say how it will end.

    The modules that it loads stay to its end. To look through them for garbage, again and again while they are loaded
    and once more at the end, takes a fifth of a short command. NumPy's library of linear algebra, which nothing here
    calls, would start a thread for each processor. The C library would keep free memory for each thread apart: frames
    have an allocator of their own, and little else runs side by side. Theirs would keep free memory in four places for
    each processor: one for two of them is as quick.
    """
    gc.set_threshold(100_000)
    ending = _Ending(is_last=not atexit._ncallbacks())
    atexit.register(ending)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("_RJEM_MALLOC_CONF", f"narenas:{max(1, (os.cpu_count() or 1) // 2)}")
    with suppress(AttributeError):  # not every C library has this
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
    return ending


@dataclass
class _Ending:
    """
    What is done at the end, behind the threads and all that the command registered for it.

    Args:
        is_last: Nothing else was registered before, and so would come later.

        code: With which the command leaves; None = not known.
    """

    is_last: bool
    code: int | None = None

    def __call__(self) -> None:
        """Leave all memory to the system as it is, which takes less time than to take all modules apart."""
        # What is not taken apart is not closed either: SQLite keeps a write-ahead log until its connections are.
        if database := sys.modules.get("django.db"):
            database.connections.close_all()
        gc.freeze()
        if self.is_last and self.code is not None:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(self.code)
