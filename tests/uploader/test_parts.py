"""Parts of the upload utility that need no hub: names, rules at hand, schedules, configuration, the one file."""

from __future__ import annotations

import ast
import base64
import json
import os
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from rollbook.core.issues import CATALOGUE
from rollbook.intake import names as hub_names
from rollbook_upload import config, names, schedule, state
from rollbook_upload.bundle import Rulebook
from rollbook_upload.errors import ConfigError, Untrusted
from scripts.build_uploader import SOURCES, zipapp

# Names ------------------------------------------------------------------------------------------------

PATHS = [
    *("users.csv", "USERS.CSV", "users.csv.filepart", "pay.pdf", "a/users.csv", "2026/users.csv", "2026/x/users.csv"),
    *("CON", "nul.csv", "COM¹.txt", "a:b.csv", "a\\b", "who?.csv", " a.csv", "a.csv ", "a.csv.", "", "a//b.csv"),
    *(
        "e\u0301.csv",
        "\u200b.csv",
        "\u202ecsv.exe",
        "\x07.csv",
        "x" * 197 + ".csv",
        "x" * 196 + ".csv",
        "é" * 99 + ".csv",
    ),
]


@pytest.mark.parametrize("path", PATHS)
def test_names_are_refused_in_the_hubs_words(path: str) -> None:
    """Each name is taken, or refused with the same sentence, as the hub does."""
    patterns, folders = ["*.csv", "x.txt"], ["2026", "old/*"]
    try:
        names.check_path(path, patterns, folders)
        said = ""
    except names.BadName as error:
        said = str(error)
    assert said == _of_hub(path, patterns, folders)


def _of_hub(path: str, patterns: list[str], folders: list[str]) -> str:
    *above, name = path.split("/")
    try:
        for part in (*above, name):
            hub_names.safe_name(part)
        if above:
            hub_names.check_folder("/".join(above), folders)
        hub_names.check_file(name, patterns)
    except hub_names.BadName as error:
        return str(error)
    return ""


# Rules at hand ----------------------------------------------------------------------------------------

SIGNER = Ed25519PrivateKey.generate()
KEY = base64.b64encode(SIGNER.public_key().public_bytes_raw()).decode()


def bundle(issued: int, digest: str, signer: Ed25519PrivateKey = SIGNER) -> bytes:
    payload = json.dumps({"format": 1, "issued": issued, "digest": digest}).encode()
    said = {"payload": payload, "signature": signer.sign(payload)}
    return json.dumps({name: base64.b64encode(value).decode() for name, value in said.items()}).encode()


def test_rules_are_kept_once_proven(tmp_path: Path) -> None:
    """They are there for the next start, and newer ones take their place."""
    held = Rulebook(tmp_path / "rules.json", KEY)
    assert (held.digest, held.rules()) == ("", None)
    held.take(bundle(1, "a"))
    held.take(bundle(2, "b"))
    assert Rulebook(tmp_path / "rules.json", KEY).digest == "b"


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(bundle(3, "c", Ed25519PrivateKey.generate()), id="another signer"),
        pytest.param(bundle(3, "c").replace(b'"payload": "e', b'"payload": "f'), id="tampered"),
        pytest.param(bundle(1, "c"), id="older"),
        pytest.param(b"{}", id="nothing in it"),
        pytest.param(b"<html>", id="no bundle"),
    ],
)
def test_other_rules_are_refused(wrong: bytes, tmp_path: Path) -> None:
    """What is not proven, or older than what is at hand, is not taken."""
    held = Rulebook(tmp_path / "rules.json", KEY)
    held.take(bundle(2, "b"))
    with pytest.raises(Untrusted):
        held.take(wrong)
    assert Rulebook(tmp_path / "rules.json", KEY).digest == held.digest == "b"


def test_rules_that_were_tampered_with_on_disk_are_none(tmp_path: Path) -> None:
    """The file beside the configuration is proven at each start."""
    (tmp_path / "rules.json").write_bytes(bundle(1, "a").replace(b'"payload": "e', b'"payload": "f'))
    assert Rulebook(tmp_path / "rules.json", KEY).rules() is None


# Schedules --------------------------------------------------------------------------------------------

PLACE = Path("/srv/data export/100%/up.ini")
COMMAND = ["/usr/bin/python3", "/opt/my tools/rollbook-upload.pyz"]
ARGUMENTS = ["--config", str(PLACE), "--once", "--quiet"]


def test_cron() -> None:
    """One line that the shell splits into the same words, with % marked."""
    (line,) = schedule.entries("cron", COMMAND, PLACE, 15).values()
    assert line.startswith("*/15 * * * * ")
    assert "100\\%" in line
    assert shlex.split(line.replace("\\%", "%"))[5:] == [*COMMAND, *ARGUMENTS]
    assert schedule.cron(["x"], 120).startswith("7 */2 * * *")


def test_systemd() -> None:
    """A service that starts one round, and a timer that starts the service."""
    service, timer = schedule.entries("systemd", COMMAND, PLACE, 15).values()
    words = '"/usr/bin/python3" "/opt/my tools/rollbook-upload.pyz" "--config" "/srv/data export/100%%/up.ini" "--once"'
    assert f'ExecStart={words} "--quiet"\n' in service
    assert "OnUnitActiveSec=15min" in timer


def test_task_scheduler(tmp_path: Path) -> None:
    """A task whose arguments Windows splits into the same words, in the encoding that it wants."""
    made = schedule.entries("windows", COMMAND, PLACE, 30)
    schedule.write(made, tmp_path)
    content = (tmp_path / "rollbook-upload.xml").read_bytes()
    assert content.startswith((b"\xff\xfe", b"\xfe\xff"))
    task = ElementTree.fromstring(content.decode("utf-16").partition("\n")[2])
    found = {part.tag.rpartition("}")[2]: part.text for part in task.iter()}
    assert found["Command"] == COMMAND[0]
    assert found["Arguments"] == subprocess.list2cmdline([*COMMAND[1:], *ARGUMENTS])
    assert (found["Interval"], found["MultipleInstancesPolicy"]) == ("PT30M", "IgnoreNew")


# Configuration ----------------------------------------------------------------------------------------


def test_a_new_configuration(tmp_path: Path) -> None:
    """It is its owner's alone, says what is missing, and is never written over."""
    path = tmp_path / "up.ini"
    config.write_template(path)
    assert path.stat().st_mode & 0o77 == 0
    with pytest.raises(ConfigError, match=r"\[sftp\] lacks host, login, host_key, key_file|lacks url, token"):
        config.load(path)
    with pytest.raises(ConfigError, match="not changed"):
        config.write_template(path)


WRONG = [
    ("[hub]\nurl=http://hub.example\ntoken=x", "must begin with https://"),
    ("[hub]\nurl=hub.example\ntoken=x", "write it as https://hub.example"),
    ("[hub]\nurl=https://hub.example\ntoken=x\n[send]\non_errors=maybe", "it is one of: send, stop"),
    ("[hub]\nurl=https://hub.example\ntoken=x\n[send]\nevery=-1", "not a negative one"),
    ("[hub]\nurl=https://hub.example\ntoken=x\n[watch]\nfolder=nowhere", "there is no folder"),
    ("[hub]\nurl=https://hub.example\ntoken=x\n[watch]\npattern=*.csv", "there is no setting pattern"),
    ("[sftp]\nhost=-oProxyCommand=x\nlogin=a\nhost_key=k\nkey_file=f", "a character that it cannot have"),
    ("no section", "File contains no section headers. Nothing was sent."),
]


@pytest.mark.parametrize("text, sentence", WRONG)
def test_what_cannot_be_used_is_named(text: str, sentence: str, tmp_path: Path) -> None:
    """The sentence says which setting, and why."""
    path = tmp_path / "up.ini"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ConfigError) as error:
        config.load(path)
    assert sentence in str(error.value)


def test_a_configuration_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """A token that others can read is not sent anywhere; the mending command is named."""
    path = tmp_path / "up.ini"
    path.write_text("[hub]\nurl=https://hub.example\ntoken=rbu_secret\n")
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600") as error:
        config.load(path)
    assert "rbu_secret" not in str(error.value)
    path.chmod(0o600)
    assert "rbu_secret" not in repr(config.load(path))


def test_what_was_sent_elsewhere_does_not_count(tmp_path: Path) -> None:
    """Another hub has none of it."""
    kept = state.State(tmp_path / "state.json", "https://one.example", {"a.csv": "1"})
    kept.save()
    assert state.load(kept.path, "https://one.example").sent == {"a.csv": "1"}
    assert state.load(kept.path, "https://two.example").sent == {}


# The one file -----------------------------------------------------------------------------------------


def test_the_program_is_built_alike_everywhere(tmp_path: Path) -> None:
    """The same bytes each time, whatever the dates of the files; and it starts."""
    assert zipapp() == zipapp()
    program = tmp_path / "rollbook-upload.pyz"
    program.write_bytes(zipapp())
    done = subprocess.run([sys.executable, "-I", program, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == "rollbook-upload 0.1.0\n"


def test_it_is_written_for_python_3_9() -> None:
    """The grammar of 3.9 reads every file, and nothing but the standard library is asked for."""
    for file in SOURCES.glob("rollbook_upload/**/*.py"):
        tree = ast.parse(file.read_text("utf-8"), feature_version=(3, 9))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                named = [node.module] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
                assert {str(name).partition(".")[0] for name in named} <= {*sys.stdlib_module_names, "rollbook_upload"}


def test_a_lock_goes_with_its_process(tmp_path: Path) -> None:
    """Whoever is killed leaves no lock behind."""
    code = "import os, sys\nfrom pathlib import Path\nfrom rollbook_upload import locking\n"
    code += "with locking.alone(Path(sys.argv[1])):\n    os.kill(os.getpid(), 9)\n"
    for _ in range(2):
        env = {**os.environ, "PYTHONPATH": str(SOURCES)}
        assert subprocess.run([sys.executable, "-c", code, tmp_path / "lock"], env=env).returncode == -9


# What is checked --------------------------------------------------------------------------------------


def test_every_finding_is_made_here_or_named_as_the_hubs() -> None:
    """Each code of the catalogue is one that the utility can say, or is listed in its docs as checked at the hub."""
    sources = "".join(file.read_text("utf-8") for file in SOURCES.glob("rollbook_upload/preflight/*.py"))
    page = (SOURCES.parent / "docs/upload-utility.md").read_text("utf-8")
    left = page.partition("## What only the hub can check")[2].partition("## Exit codes")[0]
    made = {issue.code for issue in CATALOGUE if f'"{issue.code}"' in sources}
    named = {issue.code for issue in CATALOGUE if f"`{issue.code}`" in left}
    assert made | named == {issue.code for issue in CATALOGUE}
    assert not made & named


def test_the_docs_name_every_setting_and_exit_code() -> None:
    """What a configuration may say, and what the program ends with, is on its page."""
    page = (SOURCES.parent / "docs/upload-utility.md").read_text("utf-8")
    settings = [line.lstrip("# ").partition(" =")[0] for line in config.TEMPLATE.splitlines() if " =" in line]
    assert [name for name in settings if f"`{name}`" not in page and name not in page] == []
    assert [code for code in range(7) if f"| {code} | " not in page] == []
