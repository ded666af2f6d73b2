"""Entries for the schedulers of Linux, macOS and Windows: each starts one round."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import escape

NAMES = {
    "cron": ("rollbook-upload.cron",),
    "systemd": ("rollbook-upload.service", "rollbook-upload.timer"),
    "windows": ("rollbook-upload.xml",),
}


def program() -> list[str]:
    """How this program is started again: the zipapp by its Python, else the command."""
    own = Path(sys.argv[0]).resolve()
    return [sys.executable, str(own)] if own.suffix in (".pyz", ".py") else [str(own)]


def entries(kind: str, command: list[str], config: Path, minutes: int) -> dict[str, str]:
    """
    File name -> text of what a scheduler needs.

    Args:
        kind: `cron`, `systemd` or `windows`.

        command: The program, without the options that each entry adds.
    """
    whole = [*command, "--config", str(config), "--once", "--quiet"]
    if kind == "cron":
        return dict(zip(NAMES[kind], [cron(whole, minutes)]))
    if kind == "systemd":
        return dict(zip(NAMES[kind], systemd(whole, config, minutes)))
    return dict(zip(NAMES[kind], [windows(whole, config, minutes)]))


def advice(kind: str, folder: Path) -> str:
    """What to do with the files."""
    files = [str(folder / name) for name in NAMES[kind]]
    if kind == "cron":
        return f"Add the line of {files[0]} with: crontab -e"
    if kind == "systemd":
        return (
            f"cp {shlex.join(files)} ~/.config/systemd/user/ && systemctl --user daemon-reload && "
            "systemctl --user enable --now rollbook-upload.timer && loginctl enable-linger"
        )
    return f'As an administrator: schtasks /Create /TN rollbook-upload /XML "{files[0]}" /RU DOMAIN\\user /RP *'


def cron(command: list[str], minutes: int) -> str:
    """A line of a crontab; % means a new line there, and is marked."""
    if minutes < 60:
        when = f"*/{minutes} * * * *" if minutes > 1 else "* * * * *"
    else:
        hours = minutes // 60
        when = f"7 */{hours} * * *" if hours < 24 else "7 3 * * *"
    return f"{when} {shlex.join(command)}\n".replace("%", "\\%")


def systemd(command: list[str], config: Path, minutes: int) -> tuple[str, str]:
    """A service and its timer, for `systemctl --user`."""
    words = " ".join(_systemd_word(word) for word in command)
    service = f"""\
[Unit]
Description=Send data sheets to the Rollbook hub
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={words}
WorkingDirectory={str(config.parent).replace("%", "%%")}
SuccessExitStatus=3 6
NoNewPrivileges=yes
"""
    timer = f"""\
[Unit]
Description=Send data sheets to the Rollbook hub every {minutes} minutes

[Timer]
OnBootSec=2min
OnUnitActiveSec={minutes}min
RandomizedDelaySec=30s
Persistent=yes

[Install]
WantedBy=timers.target
"""
    return service, timer


def _systemd_word(word: str) -> str:
    marked = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{marked}"'


def windows(command: list[str], config: Path, minutes: int) -> str:
    """A task for Task Scheduler 1.2 and later: never two at once, and made up for when the machine was off."""
    program, arguments = command[0], subprocess.list2cmdline(command[1:])
    return f"""\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Sends data sheets to the Rollbook hub</Description>
  </RegistrationInfo>
  <Triggers>
    <TimeTrigger>
      <Repetition>
        <Interval>PT{minutes}M</Interval>
        <StopAtDurationEnd>false</StopAtDurationEnd>
      </Repetition>
      <StartBoundary>2020-01-01T00:00:00</StartBoundary>
      <Enabled>true</Enabled>
    </TimeTrigger>
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>true</RunOnlyIfNetworkAvailable>
    <ExecutionTimeLimit>PT12H</ExecutionTimeLimit>
    <Enabled>true</Enabled>
  </Settings>
  <Actions>
    <Exec>
      <Command>{escape(program)}</Command>
      <Arguments>{escape(arguments)}</Arguments>
      <WorkingDirectory>{escape(str(config.parent))}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
"""


def write(made: dict[str, str], folder: Path) -> None:
    """Write the entries; Task Scheduler wants UTF-16."""
    for name, text in made.items():
        is_task = name.endswith(".xml")
        newline = "\r\n" if is_task else "\n"
        with (folder / name).open("w", encoding="utf-16" if is_task else "utf-8", newline=newline) as file:
            file.write(text)
