"""Routes of the pages below `/intake/`."""

from django.urls import path
from django.views.generic import RedirectView

from rollbook.web.views.intake import deliveries

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="deliveries"), name="intake"),
    path("deliveries/", deliveries.listed, name="deliveries"),
]
