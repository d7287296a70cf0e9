"""Addresses of the decision log."""

from django.urls import path

from clinic.people import log_views

app_name = "audit"
urlpatterns = [
    path("", log_views.log, name="log"),
    path("<int:index>/", log_views.entry, name="entry"),
    path("verify/", log_views.check, name="verify"),
    path("export/", log_views.export, name="export"),
]
