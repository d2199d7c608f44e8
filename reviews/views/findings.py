"""Ordering the removal of what a finding is about, outside campaigns."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

import clock
from accounts import rules
from accounts.actors import from_request
from accounts.enums import FindingState
from accounts.views.refusals import try_act
from accounts.views.scope import get_finding
from reviews.actions.revoking import order_for_finding
from reviews.enums import RISK_HOURS, Risk
from reviews.forms.removals import OrderForm
from reviews.models import Revocation
from reviews.models.revocations import LIVE_REVOCATIONS
from reviews.views.scope import user_of


def order_removal(request: HttpRequest, finding_id: int) -> HttpResponse:
    """Says what is removed, by whom and by when; ordered only by the button, with a reason."""
    finding = get_finding(request, finding_id)
    user, actor = user_of(request), from_request(request)
    if not rules.may_act_for_system(user, finding.system):
        raise Http404
    form = OrderForm(request.POST or None)
    orders: list[Revocation] = []
    if form.is_valid() and try_act(
        request,
        form,
        lambda: orders.append(
            order_for_finding(finding, actor=actor, reason=form.cleaned_data["reason"])
        ),
    ):
        messages.success(request, "Ordered, and told to whoever carries it out.")
        return redirect("reviews:removal", orders[0].pk)
    shown = {
        "finding": finding,
        "form": form,
        "is_open": finding.state == FindingState.OPEN,
        "under_way": Revocation.objects.filter(
            account=finding.account,
            entitlement=finding.grant.entitlement if finding.grant else None,
            state__in=LIVE_REVOCATIONS,
        ).first(),
        "due_at": clock.now() + timedelta(hours=RISK_HOURS[Risk.URGENT]),
    }
    return render(
        request, "reviews/removals/order.html", shown, status=422 if form.is_bound else 200
    )
