"""Addresses of this app."""

from django.urls import path

from clinic.knowledge import views

app_name = "knowledge"
urlpatterns = [
    path("", views.library, name="library"),
    path("sources/<str:slug>/", views.source, name="source"),
    path("passages/<str:passage_id>/", views.passage, name="passage"),
    path("drugs/", views.drugs, name="drugs"),
    path("drugs/<path:name>/", views.drug, name="drug"),
]
