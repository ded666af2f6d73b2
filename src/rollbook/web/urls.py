"""Routes of the pages."""

from django.urls import path
from django.views.generic import RedirectView

from rollbook.web.views import account, changes, decisions, downloads, findings, integrations, runs, schedules, starting

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="integrations"), name="home"),
    path("login/", account.login, name="login"),
    path("logout/", account.logout, name="logout"),
    path("theme/", account.theme, name="theme"),
    path("integrations/", integrations.listed, name="integrations"),
    path("integrations/<int:integration>/runs/", runs.listed, name="integration-runs"),
    path("integrations/<int:integration>/run/", starting.start, name="integration-run"),
    path("integrations/<int:integration>/schedules/", schedules.listed, name="integration-schedules"),
    path("integrations/<int:integration>/schedules/new/", schedules.added, name="schedule-new"),
    path("schedules/<int:schedule>/", schedules.shown, name="schedule"),
    path("schedules/<int:schedule>/edit/", schedules.edited, name="schedule-edit"),
    path("schedules/<int:schedule>/pause/", schedules.paused, name="schedule-pause"),
    path("schedules/<int:schedule>/remove/", schedules.removed, name="schedule-remove"),
    path("runs/", runs.listed, name="runs"),
    path("runs/<int:run>/", runs.summary, name="run"),
    path("runs/<int:run>/issues/", findings.grouped, name="run-issues"),
    path("runs/<int:run>/issues/<slug:code>/", findings.listed, name="run-issues-of"),
    path("runs/<int:run>/new/", changes.created, name="run-new"),
    path("runs/<int:run>/updated/", changes.updated, name="run-updated"),
    path("runs/<int:run>/deactivated/", changes.deactivated, name="run-deactivated"),
    path("runs/<int:run>/files/", runs.files, name="run-files"),
    path("runs/<int:run>/log/", runs.log, name="run-log"),
    path("runs/<int:run>/report.xlsx", downloads.excel, name="run-excel"),
    path("runs/<int:run>/error-rows.zip", downloads.error_rows, name="run-error-rows"),
    path("runs/<int:run>/approve/", decisions.approve, name="run-approve"),
    path("runs/<int:run>/discard/", decisions.discard, name="run-discard"),
    path("runs/<int:run>/undo/", decisions.undo, name="run-undo"),
    path("runs/<int:run>/cancel/", decisions.cancel, name="run-cancel"),
    path("runs/<int:run>/retry/", decisions.retry, name="run-retry"),
]
