"""Addresses of the system pages."""

from django.urls import path

from clinic.consults import model_views, performance_views, system_views

app_name = "system"
urlpatterns = [
    path("", system_views.system, name="state"),
    path("performance/", performance_views.show, name="performance"),
    path("models/", model_views.models, name="models"),
    path("models/kinds/<slug:kind>/", model_views.choose, name="choose"),
    path("models/<str:name>/", model_views.model, name="model"),
]
