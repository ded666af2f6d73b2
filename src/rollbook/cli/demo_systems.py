"""
The systems of the demo: made-up districts that are read over their APIs, beside the one that sends data sheets.

They live as long as the demo does, on free ports of this machine.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rollbook.integrations.models import Integration

LOOPBACK = "127.0.0.0/8"
SHARE, LEAST = 8, 40
"""Each has an eighth of the students, and at least so many."""


@dataclass(frozen=True)
class DemoSystem:
    """A district of the demo, and the system that it keeps its people in."""

    kind: str
    slug: str
    tenant: str
    integration: str


SYSTEMS = (
    DemoSystem("powerschool", "aster-mesa", "Aster Mesa School District", "Aster Mesa PowerSchool"),
    DemoSystem("aeries", "cypress-bay", "Cypress Bay Unified School District", "Cypress Bay Aeries"),
    DemoSystem("veracross", "oakhill", "Oakhill School", "Oakhill Veracross"),
)


def allow_this_machine() -> None:
    """Let the hub of the demo, and the workers that it starts, read systems on this machine."""
    os.environ["SOURCE_NETWORKS"] = LOOPBACK


@contextmanager
def running(students: int, seed: int, night: int) -> Iterator[list["Integration"]]:
    """
    Run the systems as they are on one night; the integrations that read them.

    Args:
        students: Of the district that sends data sheets.
    """
    from simulators.district import build
    from simulators.systems import system

    with ExitStack() as stack:
        found = []
        for place, demo in enumerate(SYSTEMS, start=1):
            district = build(max(LEAST, students // SHARE), seed + place, night)
            found.append(_integration(demo, stack.enter_context(system(demo.kind)(district)).settings()))
        yield found


def _integration(demo: DemoSystem, settings: dict[str, str]) -> "Integration":
    """The integration of a district, made or set to where its system answers now."""
    from rollbook.accounts.models import Tenant
    from rollbook.integrations import options, secrets
    from rollbook.integrations.models import Integration

    tenant, _ = Tenant.objects.get_or_create(slug=demo.slug, defaults={"name": demo.tenant})
    made = Integration.objects.filter(tenant=tenant, name=demo.integration).first()
    made = made or Integration(tenant=tenant, name=demo.integration, source=demo.kind)
    secrets.keep(made, options.checked({**made.settings, **settings}, demo.kind))
    made.save()
    return made
