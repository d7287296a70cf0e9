"""Addresses of this app."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.urls import path

from clinic.people import notice_views, views

app_name = "people"
urlpatterns = [
    path("login/", views.Login.as_view(), name="login"),
    path("logout/", login_not_required(LogoutView.as_view()), name="logout"),
    path("account/", views.account, name="account"),
    path("notifications/", notice_views.notices, name="notices"),
    path("notifications/<int:pk>/", notice_views.opened, name="notice"),
]
