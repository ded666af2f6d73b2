"""
Somebody who collects credentials: python -m tests.intake.collecting prepare | collect NUMBER

`collect` says that it is ready and waits until the file `go` lies in the home, so that several begin at the same
moment; it prints the password, or nothing where the link had ended. `prepare` prints the number of an open link.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import django


def prepare() -> None:
    """An account with an open link."""
    from rollbook.accounts.models import Tenant
    from rollbook.intake import accounts, handover
    from rollbook.integrations.models import Integration

    tenant, _ = Tenant.objects.get_or_create(slug="northfield", name="Northfield")
    nightly = Integration.objects.create(tenant=tenant, name="nightly", source="sheets")
    account, _ = accounts.add(nightly, "nf-export", with_password=False)
    handover.make(account, "jo@example.org", by="Ada", by_mail=False)
    print(account.handovers.get().pk)


def collect(number: int) -> None:
    """Collect, once the file is there."""
    from rollbook.intake import handover
    from rollbook.intake.models import Handover

    one = Handover.objects.select_related("account__integration__tenant").get(pk=number)
    print("ready", flush=True)
    while not (Path(os.environ["ROLLBOOK_HOME"]) / "go").exists():
        time.sleep(0.005)
    try:
        print(handover.collect(one))
    except handover.Ended:
        print()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "rollbook.settings"
    django.setup()
    prepare() if sys.argv[1] == "prepare" else collect(int(sys.argv[2]))
