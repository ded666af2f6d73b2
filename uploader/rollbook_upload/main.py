"""The command line."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from rollbook_upload import __version__, config, locking, schedule, talk, watching
from rollbook_upload.errors import DONE, FINDINGS, USAGE, ConfigError, UploadError
from rollbook_upload.hub import HttpsWay
from rollbook_upload.retrying import log
from rollbook_upload.round import Round, Wishes, agreed_offline, preflight, rulebook
from rollbook_upload.sftp import SftpWay
from rollbook_upload.state import State

DESCRIPTION = """\
Checks the data sheets in a folder as a Rollbook hub would, and sends those that have changed.

  rollbook-upload init              write a configuration to fill in
  rollbook-upload check-config      prove it, and that the hub can be reached
  rollbook-upload --once --dry-run  check the files, and say what would be sent
  rollbook-upload --once            send it
  rollbook-upload                   go on for ever, one round every few minutes
  rollbook-upload schedule windows  let Task Scheduler (or systemd, cron) start a round every few minutes
  rollbook-upload check             check the files; needs no network once the rules are there
"""
ENDING = """\
Exit codes: 0 sent, or nothing to do; 1 failed, try again later; 2 wrong usage or configuration; 3 the check found
errors (the files were sent all the same unless on_errors is stop); 4 the hub refused; 5 certificate, host key or
signature cannot be trusted; 6 another one is at work.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.do(options))
    except UploadError as error:
        if log.handlers:
            log.error("%s", error)
        else:
            print(error, file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        print("Stopped. What was sent is kept; the rest follows next time.", file=sys.stderr)
        return 130
    finally:
        logging.shutdown()


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("rollbook-upload", description=DESCRIPTION, epilog=ENDING, formatter_class=raw)
    parser.set_defaults(do=_run)
    parser.add_argument("--version", action="version", version=f"rollbook-upload {__version__}")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help=f"{config.NAME} beside the program, or in ~/.config"
    )
    parser.add_argument("--once", action="store_true", help="one round, then end")
    parser.add_argument("--dry-run", action="store_true", help="one round that sends nothing")
    parser.add_argument("--strict", action="store_true", help="send nothing when the check finds errors")
    parser.add_argument("--quiet", action="store_true", help="say only what went wrong (the log has the rest)")
    commands = parser.add_subparsers(title="commands", metavar="")
    _add(commands, "init", "write a configuration with remarks", _init)
    _add(commands, "check-config", "prove the configuration, and the way to the hub", _check_config)
    checking = _add(commands, "check", "check files by the rules at hand, and send nothing", _check)
    checking.add_argument("folder", nargs="?", type=Path, help="the watched folder when left out")
    checking.add_argument("--json", action="store_true", help="print all findings as one JSON object")
    planning = _add(commands, "schedule", "print what a scheduler needs to start rounds", _schedule)
    planning.add_argument("kind", choices=sorted(schedule.NAMES))
    planning.add_argument("--write", type=Path, metavar="FOLDER", help="write files into a folder instead")
    return parser


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    text: str,
    do: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(do=do)
    return parser


def _path(options: argparse.Namespace) -> Path:
    named: Path | None = options.config
    return named or config.default_path()


def _load(options: argparse.Namespace) -> config.Config:
    loaded = config.load(_path(options))
    return replace(loaded, on_errors="stop") if options.strict else loaded


def _run(options: argparse.Namespace) -> int:
    loaded = _load(options)
    talk.set_up_log(loaded.beside(".log"), quiet=options.quiet)
    wishes = Wishes(options.dry_run, _say(options), talk.Progress(quiet=options.quiet))
    with locking.alone(loaded.beside(".lock")):
        if options.once or options.dry_run:
            return Round(loaded, wishes).go()
        if not loaded.every:
            raise ConfigError("every in [send] must be more than 0. Nothing was sent. For one round say --once.")
        while True:
            _one_of_many(loaded, wishes)
            time.sleep(loaded.every * 60)


def _one_of_many(loaded: config.Config, wishes: Wishes) -> None:
    """A round that fails does not end the ones that come after it."""
    try:
        Round(loaded, wishes).go()
    except UploadError as error:
        log.error("%s Trying again in %g minutes.", error, loaded.every)


def _say(options: argparse.Namespace) -> Callable[[str], None]:
    return _hush if options.quiet else print


def _hush(text: str) -> None:
    """Say nothing."""


def _init(options: argparse.Namespace) -> int:
    path = _path(options)
    config.write_template(path)
    print(f"Wrote {path}. Fill in url and token, then run: rollbook-upload --config {path} check-config")
    return DONE


def _check_config(options: argparse.Namespace) -> int:
    loaded = _load(options)
    print(f"{loaded.path}: {loaded.folder} is sent to {loaded.target} by {loaded.way}.")
    held = rulebook(loaded)
    if loaded.way == "https":
        way = HttpsWay(loaded, State(loaded.beside(".state.json"), loaded.target))
        agreed = way.hello(held)
        way.close()
        print(f"The hub knows this program as {agreed.account}. It takes: {', '.join(agreed.patterns) or 'any name'}.")
        if agreed.newest_version not in ("", __version__):
            print(f"This is version {__version__}; the hub offers {agreed.newest_version}.")
    else:
        agreed = SftpWay(loaded).hello(held)
        print("The hub lets this program in.")
    found, refused = watching.look(loaded, agreed)
    print("\n".join([f"{len(found)} files are there to be sent.", *refused]))
    if held is None or held.rules() is None:
        print("Files are not checked before they are sent: there are no rules (rules_key, and a contact over https).")
    return DONE


def _check(options: argparse.Namespace) -> int:
    loaded = _load(options)
    if options.folder and not options.folder.is_dir():
        raise ConfigError(f"There is no folder {options.folder}. Nothing was checked.")
    if options.folder:
        files = [(path.name, path) for path in sorted(options.folder.iterdir())]
    else:
        files = [(one.name, one.file) for one in watching.look(loaded, agreed_offline(loaded))[0]]
    report = preflight(rulebook(loaded), files)
    if report is None:
        raise ConfigError(
            "There are no rules to check by. Nothing was checked. Set rules_key, and run check-config once with https."
        )
    if options.json:
        names = ("layout", "severities", "found", "refusals", "left", "rows")
        print(json.dumps({name: getattr(report, name) for name in names}, ensure_ascii=False))
    else:
        print(talk.in_lines(report))
    return FINDINGS if report.has_errors else DONE


def _schedule(options: argparse.Namespace) -> int:
    loaded = _load(options)
    minutes = max(1, round(loaded.every))
    made = schedule.entries(options.kind, schedule.program(), loaded.path, minutes)
    if options.write is None:
        print("\n".join(made.values()), end="")
        return DONE
    if not options.write.is_dir():
        print(f"There is no folder {options.write}. Nothing was written.", file=sys.stderr)
        return USAGE
    schedule.write(made, options.write)
    print(f"Wrote {', '.join(made)}. Then: {schedule.advice(options.kind, options.write.resolve())}")
    return DONE
