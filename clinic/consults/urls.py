"""Addresses of this app."""

app_name = "consults"
urlpatterns: list = []
