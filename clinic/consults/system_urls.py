"""Addresses of the system page."""

from django.urls import path

from clinic.consults import system_views

app_name = "system"
urlpatterns = [path("", system_views.system, name="state")]
