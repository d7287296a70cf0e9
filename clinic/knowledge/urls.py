"""Addresses of this app."""

from django.urls import path

from clinic.knowledge import desk_views, views

app_name = "knowledge"
urlpatterns = [
    path("", views.library, name="library"),
    path("sources/<str:slug>/", views.source, name="source"),
    path("passages/<str:passage_id>/", views.passage, name="passage"),
    path("sources/<str:slug>/compare/", desk_views.compare, name="compare"),
    path("sources/<str:slug>/withdraw/", desk_views.withdraw, name="withdraw"),
    path("desk/", desk_views.desk, name="desk"),
    path("desk/publish/", desk_views.publish, name="publish"),
    path("uploads/", desk_views.new, name="new"),
    path("uploads/<uuid:pk>/", desk_views.upload, name="upload"),
    path("uploads/<uuid:pk>/describe/", desk_views.describe, name="describe"),
    path("uploads/<uuid:pk>/mark/", desk_views.mark, name="mark"),
    path("uploads/<uuid:pk>/<slug:verb>/", desk_views.act, name="act"),
    path("coverage/", desk_views.coverage, name="coverage"),
    path("drugs/", views.drugs, name="drugs"),
    path("drugs/<path:name>/", views.drug, name="drug"),
]
