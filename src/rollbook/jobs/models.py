"""Whose turn it is: what a fair share between tenants needs to know beside the runs themselves."""

from django.db import models

from rollbook.accounts.models import Tenant


class Turn(models.Model):
    """When a worker last took a run of a tenant."""

    tenant = models.OneToOneField(Tenant, primary_key=True, on_delete=models.CASCADE, related_name="turn")
    taken = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.tenant} at {self.taken}"
