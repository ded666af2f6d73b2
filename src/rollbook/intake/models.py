"""Accounts of senders and how they got their credentials, the files that they sent, the addresses that are watched."""

import uuid

from django.core.validators import RegexValidator
from django.db import models

from rollbook.accounts.models import Member
from rollbook.intake.manual.models import ManualUpload as ManualUpload  # Django looks for models here
from rollbook.integrations.models import Integration
from rollbook.runs.models import Run

GIGABYTE = 1_000_000_000
LONGEST_NAME = 80  # of a person

_login = RegexValidator(
    r"^[a-z][a-z0-9._-]{2,31}\Z",
    "A login name has 3 to 32 characters: small letters, digits, dot, hyphen and underscore, a letter first.",
)


class Account(models.Model):
    """
    A sender's way in: a login name, what proves it, and the rules of its closed folder.

    The folder is `inbox/<tenant>/<login>` in the home; neither name ever changes.
    """

    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="accounts")
    login = models.CharField(max_length=32, unique=True, validators=[_login])
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)
    last_login = models.DateTimeField(null=True, blank=True)

    password = models.CharField(max_length=255, blank=True, help_text="Hash; see intake.accounts. Blank: none.")
    public_keys = models.TextField(blank=True, help_text="One a line, as in authorized_keys.")
    networks = models.JSONField(default=list, blank=True, help_text="Where it may come from (CIDR); none: anywhere.")
    needs_host_name = models.BooleanField(
        default=False, help_text="Only from addresses whose host name leads back to them."
    )
    host_names = models.JSONField(
        default=list, blank=True, help_text="Domains that such a host name must lie in; none: any."
    )

    folders = models.JSONField(default=list, blank=True, help_text="Folders below inbox; * stands for any name.")
    patterns = models.JSONField(default=list, blank=True, help_text="Names that are taken, such as *.csv; none: any.")
    may_read_inbox = models.BooleanField(default=False, help_text="The sender can read back what lies in the inbox.")
    quota_bytes = models.PositiveBigIntegerField(default=20 * GIGABYTE)
    quota_files = models.PositiveIntegerField(default=20_000)
    largest_file = models.PositiveBigIntegerField(default=5 * GIGABYTE)

    layout = models.CharField(max_length=64, blank=True, help_text="Its files make a delivery; blank: any.")
    quiet_minutes = models.PositiveIntegerField(default=5, help_text="Minutes without activity that end a delivery.")
    marker = models.CharField(max_length=128, blank=True, help_text="A file that ends a delivery, such as _done.")
    grace_days = models.PositiveIntegerField(default=7, help_text="Days until files that were taken are cleared.")
    receipt_addresses = models.JSONField(
        default=list, blank=True, help_text="Mail addresses that are told what became of each delivery."
    )

    class Meta:
        ordering = ["login"]

    def __str__(self) -> str:
        return self.login


class ReceivedFile(models.Model):
    """
    One upload of one file. An upload that replaces another has a row of its own: the rows are the history.

    What is `whole` lies in the inbox under its path, with this size and checksum. Whoever copies it compares the
    checksum: between the row and the file lies a moment in which the file is still the one before.
    """

    class State(models.TextChoices):
        """What became of an upload."""

        RECEIVING = "receiving", "is being received"
        WHOLE = "whole", "received"
        PARTIAL = "partial", "broken off"
        TAKEN = "taken", "taken"
        REPLACED = "replaced", "replaced by a later one"
        REMOVED = "removed", "removed by its sender"
        CLEARED = "cleared", "cleared away"
        LOST = "lost", "missing"
        DROPPED = "dropped", "given up"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="files", db_index=False)
    upload = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    path = models.CharField(max_length=1024, help_text="Below inbox, with / between folders.")
    state = models.CharField(max_length=9, choices=State.choices)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    client = models.CharField(max_length=64, blank=True, help_text="The program that sent it, as it calls itself.")
    began = models.DateTimeField()
    ended = models.DateTimeField(null=True, blank=True, help_text="When it was whole, or broke off.")
    delivery = models.ForeignKey(
        "Delivery",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The delivery that it came with.",
    )

    class Meta:
        indexes = [
            models.Index(fields=["account", "path"], name="received_file_path"),
            models.Index(fields=["state", "account"], name="received_file_state"),
        ]
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.path


class Attempt(models.Model):
    """Something that a stranger does and a sender does not. Kept while it counts."""

    network = models.CharField(max_length=64, help_text="An IPv4 address, or the /64 of an IPv6 address.")
    reason = models.CharField(max_length=32)
    login = models.CharField(max_length=32, blank=True, help_text="Only a name that there is.")
    points = models.PositiveSmallIntegerField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["network", "at"], name="attempt_network")]

    def __str__(self) -> str:
        return f"{self.network}: {self.reason}"


class Ban(models.Model):
    """An address that is not answered until a moment. Bans of one address grow."""

    network = models.CharField(max_length=64, db_index=True)
    reason = models.CharField(max_length=255)
    began = models.DateTimeField()
    until = models.DateTimeField(db_index=True)
    lifted = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.network} until {self.until:%Y-%m-%d %H:%M}"


class Delivery(models.Model):
    """
    Files of one account that belong together, as they lay in its inbox at one moment, copied.

    `files` is a list of path, size and sha256; `digest` tells equal deliveries apart from others.
    """

    class State(models.TextChoices):
        """What became of a delivery."""

        WAITING = "waiting", "waits for its run"
        RUNNING = "running", "is being checked"
        ACCEPTED = "accepted", "accepted"
        HELD = "held", "held for a person"
        REFUSED = "refused", "refused"
        INCOMPLETE = "incomplete", "incomplete"
        UNCHANGED = "unchanged", "the same as before"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=10, choices=State.choices)
    closed = models.DateTimeField(help_text="When it was found complete.")
    ended_by = models.CharField(max_length=8, help_text="What said so: quiet, marker, sent, hand.")
    files = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    missing = models.JSONField(default=list, blank=True, help_text="Sheets that a complete delivery has.")
    error = models.TextField(blank=True, help_text="Why it was refused.")
    run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    receipt = models.CharField(max_length=128, blank=True, help_text="Name of the receipt in the outbox.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(state__in=("waiting", "running")),
                name="one_open_delivery_of_an_account",
            )
        ]
        ordering = ["-pk"]
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"delivery {self.pk} of {self.account}"


UNDER_WAY = (Delivery.State.WAITING, Delivery.State.RUNNING)
"""The states of a delivery whose answer is still to come."""


class FirstLook(models.Model):
    """
    What a sender is told before its delivery is complete: of the files that lay there when it paused. One an account.

    The fields mean what they mean of a delivery; nothing was taken.
    """

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="first_look")
    state = models.CharField(max_length=10, choices=Delivery.State.choices)
    latest = models.DateTimeField(help_text="When its sender was last at it.")
    files = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    missing = models.JSONField(default=list, blank=True)
    error = models.TextField(blank=True)
    run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    receipt = models.CharField(max_length=128, blank=True, help_text="Name in the outbox; blank: not told yet.")

    def __str__(self) -> str:
        return f"first look at {self.account}"


class Mark(models.Model):
    """
    What a person said of a delivery. Marks are added and never changed: they are its history.

    `by` is the name as it was then; a sender who has no log-in has only that.
    """

    class Kind(models.TextChoices):
        """What was said."""

        SENT = "sent", "all files are there"
        TAKEN = "taken", "take it as it is"
        VERIFIED = "verified", "the mapping is right"
        ACTIVATED = "active", "let it run by itself"

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="marks")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    at = models.DateTimeField()
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by = models.CharField(max_length=255)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.delivery}: {self.kind}"


class Handover(models.Model):
    """
    A link by which one person gets the credentials of an account, once; see `intake.handover`.

    Neither the link nor the code that goes with it is kept, only what tells the right ones.
    """

    class State(models.TextChoices):
        """What became of a link."""

        OPEN = "open", "waits for its recipient"
        COLLECTED = "collected", "collected"
        FORWARDED = "forwarded", "handed on to a colleague"
        REPLACED = "replaced", "replaced by a newer link"
        WITHDRAWN = "withdrawn", "withdrawn"
        BLOCKED = "blocked", "blocked after wrong codes"
        LAPSED = "lapsed", "lapsed unused"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="handovers")
    token = models.CharField(max_length=64, unique=True, editable=False, help_text="SHA-256 of what the link holds.")
    address = models.EmailField(help_text="Whose link it is; nobody else can open it.")
    name = models.CharField(max_length=LONGEST_NAME, blank=True)
    by = models.CharField(max_length=255, help_text="Who made it.")
    before = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="onward")
    is_mailed = models.BooleanField(help_text="Link and codes go by mail; else whoever made it passes them on.")
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    made = models.DateTimeField()
    expires = models.DateTimeField(db_index=True)
    opened = models.DateTimeField(null=True, help_text="When its recipient was first known to be there.")
    ended = models.DateTimeField(null=True)

    code = models.CharField(max_length=64, blank=True, editable=False)
    code_until = models.DateTimeField(null=True)
    wrong = models.PositiveSmallIntegerField(default=0, help_text="Codes that were tried, and were not the right one.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(state="open"), name="one_open_handover_of_an_account"
            )
        ]
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"link {self.pk} of {self.account}"

    @property
    def recipient(self) -> str:
        """Name and address, as far as they are known."""
        return f"{self.name} ({self.address})" if self.name else self.address


class HistoryEntry(models.Model):
    """What was done to an account, by whom; never a secret. Written by `intake.history`."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="history")
    at = models.DateTimeField()
    what = models.CharField(max_length=40, help_text="Code, as the log has it.")
    who = models.CharField(max_length=255)
    text = models.CharField(max_length=255, help_text="What happened, as the page says it.")

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "history entries"

    def __str__(self) -> str:
        return self.text


class UploadToken(models.Model):
    """
    What lets a program upload for an account. Only its hash is kept.

    `version`, `host` and `system` are what the program last said of itself.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token.")
    name = models.CharField(max_length=100, help_text="Which machine or program has it.")
    made_by = models.ForeignKey(Member, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)
    last_contact = models.DateTimeField(null=True, blank=True)
    version = models.CharField(max_length=32, blank=True)
    host = models.CharField(max_length=255, blank=True)
    system = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name


class ResumableUpload(models.Model):
    """
    What is known of an upload over HTTPS beside its row among the received files, which holds its state.

    The number in its address is `file.upload`. Kept for some days after its end, for a sender who missed the answer.
    """

    file = models.OneToOneField(ReceivedFile, on_delete=models.CASCADE, related_name="resumable")
    length = models.PositiveBigIntegerField(help_text="Bytes of the whole file.")
    sha256 = models.CharField(max_length=64, blank=True, help_text="What its sender says; blank: nothing.")
    modified = models.BigIntegerField(null=True, blank=True, help_text="Time of the file, in seconds since 1970.")
    metadata = models.TextField(blank=True, help_text="As its sender gave it.")
    unproven_from = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="What lies behind here was not compared with its checksum yet."
    )
    due = models.DateTimeField(db_index=True, help_text="When it expires; once it has ended, when to look at it again.")

    def __str__(self) -> str:
        return str(self.file.upload)
