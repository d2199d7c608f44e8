"""The database refuses to edit or delete a version of the policy; a draft may go."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from accounts.models import PolicyVersion, User
from tests.accounts.policies import drafted, in_force

pytestmark = pytest.mark.usefixtures("noon", "db")


@pytest.mark.parametrize(
    "changed",
    [
        {"version": 9},
        {"name": "SOC 2 default"},
        {"values": {}},
        {"based_on": 7},
        {"note": "Another reason"},
        {"in_force_from": None, "version": None},
    ],
)
def test_a_version_is_never_edited(sam: User, changed: dict[str, Any]) -> None:
    version = in_force(sam, inactive_notice=20)
    with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
        PolicyVersion.objects.filter(pk=version.pk).update(**changed)
    assert PolicyVersion.objects.get().note == "Because"


def test_a_version_is_never_deleted(sam: User) -> None:
    version = in_force(sam, inactive_notice=20)
    with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
        version.delete()
    assert PolicyVersion.objects.count() == 1


def test_a_version_outlives_the_login_that_made_it(sam: User, ada: User) -> None:
    version = in_force(ada, inactive_notice=20)
    ada.delete()
    version.refresh_from_db()
    assert (version.made_by, version.put_in_force_by) == (None, None)


def test_a_draft_may_go(sam: User) -> None:
    drafted(sam, inactive_notice=20).delete()
    assert PolicyVersion.objects.count() == 0
