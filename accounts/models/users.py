"""Logins to PortX Access itself."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from accounts.enums import Grouping, Role
from accounts.models.people import Person
from accounts.models.scopes import reads_all


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def visible_to(self, user: User) -> models.QuerySet[User]:
        return self.all() if reads_all(user) else self.filter(pk=user.pk, is_active=True)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """Somebody's login; what it may see and do follows from its role and its person."""

    email = models.EmailField(unique=True)
    role = models.CharField(max_length=16, choices=Role, default=Role.REVIEWER)
    person = models.OneToOneField(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="user"
    )
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField()
    zone = models.CharField(max_length=64, blank=True, default="")
    sheets_by = models.CharField(max_length=8, choices=Grouping, default=Grouping.PERSON)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_ci")]

    def __str__(self) -> str:
        return self.person.name if self.person else self.email

    @property
    def ref(self) -> str:
        """How the trail names this user: pseudonymous, and still right after an erasure."""
        return f"user:{self.pk}"
