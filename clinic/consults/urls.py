"""Addresses of this app."""

from django.urls import path

from clinic.consults import views

app_name = "consults"
urlpatterns = [
    path("<uuid:consult_id>/events", views.events, name="events"),
    path("<uuid:consult_id>/cancel", views.cancel, name="cancel"),
]
