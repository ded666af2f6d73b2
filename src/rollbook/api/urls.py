"""Routes of the upload API, below `/api/v1/`."""

from django.urls import path, re_path

from rollbook.api import deliveries, files, tus, utility

urlpatterns = [
    path("hello", utility.hello, name="api-hello"),
    path("rules", utility.signed_rules, name="api-rules"),
    path("files", files.listed, name="api-files"),
    path("files/<path:path>", files.sent, name="api-file"),
    path("uploads/", tus.uploads, name="api-uploads"),
    path("uploads/<uuid:number>", tus.upload, name="api-upload"),
    path("deliveries", deliveries.ended, name="api-deliveries"),
    path("deliveries/latest", deliveries.latest, name="api-delivery-latest"),
    path("deliveries/<int:number>", deliveries.shown, name="api-delivery"),
    re_path(r"^(?P<path>.*)$", utility.nothing, name="api-nothing"),
]
