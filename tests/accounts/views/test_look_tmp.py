import io, os
from pathlib import Path
import pytest, clock
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page
from accounts.models import *
from accounts.actions import imports
from accounts.actions.sources import *
from accounts.actions.systems import *
from accounts.actions.catalogue import *
from accounts.actions.teams import *
from accounts.actions.tables import read_table
from accounts.enums import *
from portx_access.sample import write_company
from tests.accounts.imports import COMMAND, work_off, read_text
from tests.browser import axe, look
from tests.cast import *

def sign_in(page, server, user):
    client = Client(); client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": server.url}])

@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_look(page: Page, live_server, ada, sam, tmp_path):
    m = write_company(tmp_path, today=clock.today(), quarter="this_quarter") if False else None
    from portx_access.sample.dates import MOMENTS
    m = write_company(tmp_path, today=clock.today(), quarter=MOMENTS[-1])
    def imp(source, f):
        with f.path.open("rb") as fh:
            run = imports.upload_files(source, actor=COMMAND, files=[(f.path.name, fh)], mapping=f.mapping, options=f.options, exported_at=min(f.exported_at, clock.now()), exported_by=f.exported_by, report=f.report, source_count=f.source_count)
        run = work_off(run)
        if run.state == "staged":
            imports.start_import(run, actor=COMMAND); run = work_off(run)
        print(source, run.state, run.error, run.matched)
        return run
    last = None
    for f in m.rosters: imp(ensure_roster(f.name, actor=COMMAND), f)
    print(import_inventory(read_table(m.inventory, columns=INVENTORY).rows, actor=COMMAND))
    for s in m.systems:
        if s.source:
            last = imp(ensure_system_source(s.name, actor=COMMAND), s.source); fl = s
        if s.catalogue:
            print(s.name, import_catalogue(System.objects.get(name=s.name), read_table(s.catalogue, columns=COLUMNS).rows, actor=COMMAND).counts)
    from jobs.runner import drain
    drain()
    s = System.objects.get(name="GitHub")
    with fl.source.path.open("rb") as fh:
        staged = work_off(imports.upload_files(last.source, actor=COMMAND, files=[(fl.source.path.name, fh)], mapping=fl.source.mapping, options=fl.source.options))
    text = "username,role\n" + "".join(f"u{n},reader\n" for n in range(40))
    from tests.accounts.imports import import_accounts
    import_accounts(text, system="Wiki"); held = import_accounts("username,role\nu1,reader\nu2,reader\n", system="Wiki")
    failed = read_text(ensure_system_source("Wiki", actor=COMMAND), "username,role,last used\nu1,reader,03/04/2026\nu2,reader,05/06/2026\n")
    sign_in(page, live_server, ada)
    n = Account.objects.filter(type="service").first(); t = Account.objects.filter(person__isnull=False).first()
    urls = {"sources": "/sources/", "upload": "/imports/accounts/", "upload-people": "/imports/people/", "staged": f"/imports/{staged.pk}/", "held": f"/imports/{held.pk}/", "failed": f"/imports/{failed.pk}/", "failed-columns": f"/imports/{failed.pk}/columns/", "complete": f"/imports/{last.pk}/",
     "columns": f"/imports/{staged.pk}/columns/", "runs": "/imports/", "people": "/people/", "problems": "/people/problems/", "teams": "/teams/", "systems": "/systems/", "system": f"/systems/{s.pk}/", "catalogue": f"/systems/{s.pk}/catalogue/", "system-form": f"/systems/{s.pk}/edit/", "accounts": "/accounts/", "unmatched": "/accounts/unmatched/", "account-service": f"/accounts/{n.pk}/", "account": f"/accounts/{t.pk}/", "findings": "/findings/", "users": "/users/", "user": f"/users/{sam.pk}/", "user-new": "/users/new/"}
    p = Person.objects.filter(reports__isnull=False).first()
    urls["person"] = f"/people/{p.pk}/"
    for f in Finding.objects.order_by("rule").distinct("rule"): urls[f"finding-{f.rule}"] = f"/findings/{f.pk}/"
    only = os.environ.get("ONLY", "").split()
    problems = []
    for name, url in urls.items():
        if only and name not in only: continue
        page.goto(live_server.url + url)
        try: look(page, name)
        except AssertionError as e: problems.append((name, "wide", page.evaluate("[...document.querySelectorAll('main *')].filter(e=>e.getBoundingClientRect().right>361).slice(0,5).map(e=>e.outerHTML.slice(0,150))"))); page.set_viewport_size({"width":1280,"height":900})
        try: axe(page)
        except AssertionError as e: problems.append((name, str(e)[:1500]))
    mgr = p.user if hasattr(p, "user") else make_user(p)
    sign_in(page, live_server, mgr)
    page.goto(live_server.url + "/team/"); 
    try: look(page, "team")
    except AssertionError: problems.append(("team","wide"))
    try: axe(page)
    except AssertionError as e: problems.append(("team", str(e)[:1500]))
    for x in problems: print(x)
    assert not problems
