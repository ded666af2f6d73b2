"""What `rollbook doctor` looks at. Each look gives findings; none of them changes anything."""

from collections.abc import Iterator

from rollbook.cli.checkup.finding import Finding, Level, error

__all__ = ["Finding", "Level", "examine"]


def examine() -> Iterator[Finding]:
    """Look at everything. Where the settings cannot be read, nothing else can be looked at."""
    import django

    try:
        django.setup()
    except Exception as refused:
        yield error("settings", f"They cannot be used: {refused}", "Correct the environment variable, or unset it.")
        return
    from rollbook.cli.checkup import database, machine, mail, senders, work

    for look in (
        *(machine.settings, machine.home, machine.keys, machine.storage, machine.time_zones),
        *(database.database, database.clock, work.workers, senders.sftp, mail.mail),
    ):
        yield from look()
