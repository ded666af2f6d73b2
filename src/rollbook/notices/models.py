"""Notices, who gets them, and the outbox of what is still to be sent."""

import uuid

from django.db import models

from rollbook.accounts.models import Member, Tenant
from rollbook.integrations.models import Integration
from rollbook.notices import catalogue
from rollbook.runs.models import Run
from rollbook.secretbox import SealedField


class Notice(models.Model):
    """
    Something that people are told of, once.

    `key` says which happening it is: told again, it stays one notice. `cause` groups what is mailed once a day.
    `facts` are numbers, codes and dates, and nothing else.
    """

    key = models.CharField(max_length=160, unique=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="notices")
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="notices")
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="+")
    event = models.CharField(max_length=64)
    cause = models.CharField(max_length=160)
    facts = models.JSONField(default=dict)
    in_bell = models.BooleanField()
    created = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-created", "-pk"]
        indexes = [models.Index(fields=["tenant", "in_bell", "-created"], name="notice_bell")]

    def __str__(self) -> str:
        return f"{self.event} {self.pk}"

    @property
    def kind(self) -> catalogue.Event:
        """The event of the catalogue."""
        return catalogue.event(self.event)


class Told(models.Model):
    """That a run has come to a state has been told; `turn` tells apart how often it was held."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=20)
    turn = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "state", "turn"], name="told_once")]


class Reading(models.Model):
    """A member has read a notice."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="readings")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "member"], name="reading_once")]


class Choice(models.Model):
    """Which events of which integrations of a tenant are wanted."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    events = models.JSONField(default=list, help_text="Codes of the catalogue.")
    is_for_all = models.BooleanField(default=True, help_text="All integrations, also those added later.")
    integrations = models.ManyToManyField(Integration, blank=True, related_name="+")

    class Meta:
        abstract = True

    def wants(self, event: str, integration: Integration) -> bool:
        """Whether this event of this integration was chosen."""
        if event not in self.events:
            return False
        return self.is_for_all or self.integrations.filter(pk=integration.pk).exists()


class Subscription(Choice):
    """What a member chose instead of the defaults, or what a plain address gets."""

    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.CASCADE, related_name="subscriptions")
    address = models.EmailField(blank=True, help_text="Blank for a member, whose own address is used.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "member"], condition=models.Q(member__isnull=False), name="subscription_of_member"
            ),
            models.UniqueConstraint(
                fields=["tenant", "address"], condition=~models.Q(address=""), name="subscription_of_address"
            ),
            models.CheckConstraint(
                condition=models.Q(member__isnull=True, address__gt="") | models.Q(member__isnull=False, address=""),
                name="subscription_is_somebodys",
            ),
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.member.email if self.member else self.address


class Webhook(Choice):
    """An address of another program, which gets every chosen event, signed."""

    url = models.URLField(max_length=500)
    secret = SealedField()
    old_secret = SealedField(blank=True, help_text="Signs beside the new one until `old_until`.")
    old_until = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    outcome = models.CharField(max_length=200, blank=True, help_text="How the last attempt ended.")
    is_well = models.BooleanField(null=True)
    tried = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "url"], name="webhook_in_tenant")]
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.url


class Message(models.Model):
    """
    One notice on its way to one receiver: a row of the outbox.

    `uid` stays the same in every attempt, so that a receiver can tell a repetition.
    """

    class State(models.TextChoices):
        """How far a message is."""

        QUEUED = "queued", "Queued"
        SENT = "sent", "Sent"
        GIVEN_UP = "given_up", "Given up"
        FOLDED = "folded", "Held back for the next one"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="messages")
    address = models.EmailField(blank=True)
    webhook = models.ForeignKey(Webhook, null=True, on_delete=models.CASCADE, related_name="messages")
    cause = models.CharField(max_length=160)
    day = models.DateField(help_text="In UTC; a cause is mailed once a day.")
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    told_in = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="folded")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address", "cause", "day"],
                condition=~models.Q(address="") & ~models.Q(state="folded"),
                name="message_once_a_day",
            )
        ]
        indexes = [models.Index(fields=["state", "next_try"], name="message_due")]
        ordering = ["pk"]


class Expectation(models.Model):
    """When an integration should bring data next; blank while its history does not say."""

    integration = models.OneToOneField(Integration, on_delete=models.CASCADE, related_name="expectation")
    last = models.DateTimeField(help_text="When data came last.")
    expected = models.DateTimeField(null=True)
    due = models.DateTimeField(null=True, db_index=True, help_text="When its absence is told next.")
    told = models.PositiveSmallIntegerField(default=0, help_text="How often its absence was told.")


class Expiry(models.Model):
    """The day on which a credential of an integration expires, as a person or a source declared it."""

    class Kind(models.TextChoices):
        """What expires."""

        PASSWORD = "password", "password"
        KEY = "key", "key"
        TOKEN = "token", "token"
        CERTIFICATE = "certificate", "certificate"

    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="expiries")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    expires = models.DateField()
    told = models.SmallIntegerField(null=True, help_text="How many days were left when it was told last.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["integration", "kind"], name="expiry_of_kind")]
        ordering = ["expires"]
