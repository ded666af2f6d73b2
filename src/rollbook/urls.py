"""Routes."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("rollbook.api.urls")),
    path("", include("rollbook.web.urls")),
]
