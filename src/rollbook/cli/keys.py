"""rollbook keys: the keys that stored secrets are sealed with."""

import click

from rollbook.cli.support import say, with_database


@click.group()
def keys() -> None:
    """Change the keys that stored secrets are sealed with."""


@keys.command()
def add() -> None:
    """
    Seal every stored secret with a new key.

    The old keys still open what an old back-up holds. Give the file keys/encryption_keys to all machines of the hub.
    """
    with_database()
    from rollbook import secretbox

    say(f"Added a key, and sealed {secretbox.add_key()} secrets with it. Later: rollbook keys drop")


@keys.command()
def drop() -> None:
    """Keep the newest key only: what was sealed with older ones, in a back-up, cannot be opened any more."""
    with_database()
    from rollbook import secretbox

    say(f"Kept the newest key alone; {secretbox.drop_old_keys()} secrets are sealed with it.")
