"""Whoever is signed in comes with their person, and only while they may sign in."""

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.adapters import PersonBackend
from accounts.models import User
from tests.cast import person_of


def test_user_comes_with_their_person_by_one_query(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        found = PersonBackend().get_user(alice.pk)
        assert (found, str(found)) == (alice, person_of(alice).name)


def test_user_without_a_person_comes_all_the_same(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(person=None)
    assert str(PersonBackend().get_user(alice.pk)) == alice.email


@pytest.mark.parametrize("is_active", [True, False])
def test_user_who_may_no_longer_sign_in_is_nobody(alice: User, is_active: bool) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=is_active)
    assert PersonBackend().get_user(alice.pk) == (alice if is_active else None)


def test_user_who_is_gone_is_nobody(alice: User) -> None:
    pk = alice.pk
    alice.delete()
    assert PersonBackend().get_user(pk) is None
