"""Integrations, code mappings, and the inbox of values nobody mapped yet."""

import uuid

from django.db import models

from rollbook.accounts.models import Tenant
from rollbook.secretbox import SealedField


class Integration(models.Model):
    """
    A source set up for a tenant.

    `settings` holds what `integrations.options` declares; `secrets` are kept apart, sealed.
    `namespace` seeds the ids of the records it creates and never changes.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="integrations")
    name = models.CharField(max_length=128)
    source = models.CharField(max_length=64, help_text="Kind of source; see rollbook.sources.")
    settings = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(default=True)
    namespace = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    created = models.DateTimeField(auto_now_add=True)

    secrets = SealedField(blank=True, default="", help_text="Sealed; see integrations.secrets.")
    tokens = SealedField(blank=True, default="", help_text="Sealed; see integrations.setup.")
    marks = models.JSONField(
        default=dict,
        blank=True,
        help_text="What the next pull of changes begins from, as the last applied run left it.",
    )

    input_digest = models.CharField(
        max_length=64, blank=True, help_text="Digest of the input and settings the roster agrees with; blank = compare."
    )
    rows_digest = models.CharField(
        max_length=64, blank=True, help_text="The same of the rows, in whatever order; blank where one had an issue."
    )
    applied_runs = models.PositiveIntegerField(
        default=0, help_text="Counts up with each run that wrote; part of a plan's basis."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="integration_name_in_tenant")]
        ordering = ["tenant", "name"]

    def __str__(self) -> str:
        return self.name


class CodeMapping(models.Model):
    """
    A table from external values to canonical ones, shared by any number of integrations of a tenant.

    Integrations name it in their settings as `codes.<model> = <name>`.
    """

    class Otherwise(models.TextChoices):
        """What happens to a value that is not in the table."""

        REJECT = "reject", "reject the row"
        BLANK = "blank", "leave empty and warn"
        KEEP = "keep", "keep as sent"
        VALUE = "value", "map to a value"

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="code_mappings")
    name = models.CharField(max_length=128)
    model = models.CharField(max_length=64, help_text="Code model; see rollbook.core.vocabulary.")
    entries = models.JSONField(default=dict, blank=True, help_text="External value -> canonical value.")
    otherwise = models.CharField(max_length=8, choices=Otherwise.choices, default=Otherwise.BLANK)
    otherwise_value = models.CharField(max_length=64, blank=True)
    is_exact = models.BooleanField(
        default=False, help_text="Compare byte for byte, instead of trimmed and without case."
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="code_mapping_name_in_tenant")]
        ordering = ["tenant", "name"]

    def __str__(self) -> str:
        return self.name


class UnmappedValue(models.Model):
    """A value that no code mapping knew, as the last run of an integration met it."""

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="unmapped_values")
    model = models.CharField(max_length=64)
    value = models.CharField(max_length=255)
    count = models.PositiveIntegerField()
    sample = models.CharField(max_length=255, blank=True, help_text="Sheet, line and column of one of them.")
    last_run = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["integration", "model", "value"], name="unmapped_value_in_integration")
        ]
        ordering = ["model", "-count", "value"]
