"""Routes of the pages below `/intake/`."""

from django.urls import path
from django.views.generic import RedirectView

from rollbook.web.views.intake import account_changes, accounts, bans, deliveries, ending, files, going_live, utilities

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="deliveries"), name="intake"),
    path("deliveries/", deliveries.listed, name="deliveries"),
    path("deliveries/<int:delivery>/", deliveries.shown, name="delivery"),
    path("deliveries/<int:delivery>/receipt.txt", deliveries.receipt, name="delivery-receipt"),
    path("deliveries/<int:delivery>/files/<int:place>/content", deliveries.file, name="delivery-file"),
    path("deliveries/<int:delivery>/verified/", going_live.verified, name="delivery-verify"),
    path("account/<str:login>/sent/", ending.sent, name="account-sent"),
    path("account/<str:login>/take/", ending.taken, name="account-take"),
    path("account/<str:login>/activate/", going_live.activated, name="account-activate"),
    path("files/", files.listed, name="received-files"),
    path("files/<int:file>/content", files.downloaded, name="received-file"),
    path("bans/", bans.listed, name="bans"),
    path("bans/<int:ban>/lift/", bans.lifted, name="ban-lift"),
    path("utilities/", utilities.listed, name="utilities"),
    path("accounts/", accounts.listed, name="accounts"),
    path("accounts/new/", account_changes.added, name="account-new"),
    path("account/<str:login>/", accounts.shown, name="account"),
    path("account/<str:login>/edit/", account_changes.edited, name="account-edit"),
    path("account/<str:login>/password/", account_changes.password, name="account-password"),
    path("account/<str:login>/keys/", account_changes.keys, name="account-keys"),
    path("account/<str:login>/tokens/", utilities.tokens_of, name="account-tokens"),
    path("account/<str:login>/handover/", account_changes.handed_over, name="account-handover"),
]
