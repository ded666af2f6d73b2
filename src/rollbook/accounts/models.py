"""Tenants and members."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models


class Tenant(models.Model):
    """A school, district or network. Tenants never see each other."""

    slug = models.SlugField(unique=True, max_length=64, help_text="Short name for addresses and the command line.")
    name = models.CharField(max_length=255)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class MemberManager(BaseUserManager["Member"]):
    """Makes members with a usable password."""

    def create_member(self, email: str, password: str, **more: Any) -> "Member":
        """A member who logs in with `email` and `password`."""
        member = self.model(email=email.strip().lower(), **more)
        member.set_password(password)
        member.save(using=self._db)
        return member


class Member(AbstractBaseUser):
    """A person who logs in to the hub. Without a tenant: an operator, who sees all of them."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=255, blank=True)
    tenant = models.ForeignKey(Tenant, null=True, blank=True, on_delete=models.PROTECT, related_name="members")
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)

    objects = MemberManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    def __str__(self) -> str:
        return self.name or self.email
