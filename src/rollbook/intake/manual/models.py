"""An upload by a member, from the choice of files to its preview."""

import uuid

from django.db import models

from rollbook.accounts.models import Member
from rollbook.integrations.models import Integration
from rollbook.runs.models import Run


class ManualUpload(models.Model):
    """
    Files that a member uploaded for an integration, and how they are to be read.

    `choices` is what `choosing.Choices` holds. What is previewed are the files of `folder`; see `files`.
    """

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="uploads")
    member = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    folder = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    files = models.JSONField(default=list, help_text="Names of the files, as they were sent.")
    choices = models.JSONField(default=dict, blank=True)
    run = models.ForeignKey(
        Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="Its latest preview."
    )
    created = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)
    cleared = models.DateTimeField(null=True, blank=True, help_text="When its files were removed.")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["changed"], condition=models.Q(cleared=None), name="uploads_with_files")]

    def __str__(self) -> str:
        return f"upload {self.pk} for {self.integration}"
