"""Addresses of this app."""

from django.urls import path

from clinic.disagreements import views

app_name = "disagreements"
urlpatterns = [
    path("", views.worklist, name="worklist"),
    path("drugs/", views.drugs, name="drugs"),
    path("open/<uuid:case_id>/", views.start, name="open"),
    path("<uuid:pk>/", views.disagreement, name="page"),
    path("<uuid:pk>/opinion/", views.opinion, name="opinion"),
    path("<uuid:pk>/consult/", views.consult, name="consult"),
    path("<uuid:pk>/decision/", views.decide, name="decide"),
    path("<uuid:pk>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("<uuid:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("<uuid:pk>/print/", views.printed, name="print"),
]
