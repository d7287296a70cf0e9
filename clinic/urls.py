"""Every address of the product on one screen."""

from django.urls import include, path
from django.views.generic import RedirectView

from clinic.consults.performance_views import metrics

handler400 = "clinic.people.views.bad_request"
handler403 = "clinic.people.views.forbidden"
handler404 = "clinic.people.views.absent"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="disagreements:worklist"), name="home"),
    path("", include("clinic.people.urls")),
    path("patients/", include("clinic.cases.urls")),
    path("disagreements/", include("clinic.disagreements.urls")),
    path("consults/", include("clinic.consults.urls")),
    path("library/", include("clinic.knowledge.urls")),
    path("log/", include("clinic.people.log_urls")),
    path("metrics", metrics, name="metrics"),
    path("system/", include("clinic.consults.system_urls")),
]
