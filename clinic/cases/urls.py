"""Addresses of this app."""

from django.urls import path

from clinic.cases import views

app_name = "cases"
urlpatterns = [
    path("", views.patients, name="list"),
    path("<uuid:case_id>/", views.patient, name="patient"),
]
