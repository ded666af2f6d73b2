"""
People are matched by e-mail over whole frames: no query looks one up by it, and its index was the dearest of a load.

A search by e-mail will want it folded, which this one was not.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("roster", "0002_sqlite_keys")]
    operations = [migrations.RemoveIndex("user", "roster_user_email")]
