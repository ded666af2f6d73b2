"""What is known beside the runs themselves: whose turn it is, and which workers there are."""

from django.db import models

from rollbook.accounts.models import Tenant


class Turn(models.Model):
    """When a worker last took a run of a tenant."""

    tenant = models.OneToOneField(Tenant, primary_key=True, on_delete=models.CASCADE, related_name="turn")
    taken = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.tenant} at {self.taken}"


class Presence(models.Model):
    """A worker that said it was there, and has not said good-bye."""

    worker = models.CharField(max_length=128, primary_key=True)
    heard = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.worker} at {self.heard}"
