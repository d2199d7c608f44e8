"""A small house as two imports leave it: people, accounts of every kind, and their findings."""

from dataclasses import dataclass

import pytest

from accounts.actions.systems import create_system
from accounts.enums import DataClass
from accounts.models import Account, Entitlement, Finding, ImportRun, Person, System, Team, User
from tests.accounts.imports import COMMAND, import_accounts, import_people, read_text, work_off

PEOPLE = """\
employee id,name,mail,title,team,worker type,status,last day,manager
E1,Kim Lee,kim.lee@example.com,Engineer,Payments,employee,active,,alice.okafor@example.com
E2,Lea Fischer,lea.fischer@example.com,Engineer,Payments,employee,left,2026-09-04,E1
E3,Priya Natarajan,priya@example.com,Tester,Payments,contractor,active,,alice.okafor@example.com
E4,Omar Haddad,omar@example.com,Clerk,Finance,employee,active,,Nobody Known
"""
ACCOUNTS = """\
username,mail,name,type,status,last used,role,expires
kim.lee,kim.lee@example.com,Kim Lee,,active,2026-10-01,reader,
kim.lee,kim.lee@example.com,Kim Lee,,active,2026-10-01,admin,
lea.fischer,lea.fischer@example.com,Lea Fischer,,active,2026-09-20,reader,
priya,priya@example.com,Priya Natarajan,contractor,active,,reader,
klee,,Kimberly Lee,,active,never,reader,
svc-nightly,,,service,active,,admin,
,,without a name,,,,reader,
"""


@dataclass
class World:
    roster: ImportRun
    run: ImportRun
    staged: ImportRun
    system: System
    team: Team
    kim: Person
    linked: Account
    nobodys: Account
    service: Account
    right: Entitlement
    leaver: Finding

    def finding(self, rule: str) -> Finding:
        return Finding.objects.get(rule=rule, state="open")


@pytest.fixture
def world(noon: object, alice: User, owner: User) -> World:
    """Alice manages Kim and Priya; Olga owns Vault; a second file of Vault waits for Import."""
    roster = import_people(PEOPLE)
    create_system(actor=COMMAND, name="Vault", data_class=DataClass.CUSTOMER, owner=owner.person)
    run = import_accounts(ACCOUNTS, system="Vault")
    work_off(run)
    assert run.source.system is not None
    return World(
        roster=roster,
        run=run,
        staged=read_text(run.source, ACCOUNTS),
        system=run.source.system,
        team=Team.objects.get(name="Payments"),
        kim=Person.objects.get(name="Kim Lee"),
        linked=Account.objects.get(username="lea.fischer"),
        nobodys=Account.objects.get(username="klee"),
        service=Account.objects.get(username="svc-nightly"),
        right=Entitlement.objects.get(key="admin"),
        leaver=Finding.objects.get(rule="S1"),
    )
