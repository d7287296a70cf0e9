"""Every address of the product on one screen."""

from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="disagreements:worklist"), name="home"),
    path("", include("clinic.people.urls")),
    path("patients/", include("clinic.cases.urls")),
    path("disagreements/", include("clinic.disagreements.urls")),
    path("consults/", include("clinic.consults.urls")),
    path("library/", include("clinic.knowledge.urls")),
    path("log/", include("clinic.audit.urls")),
]
