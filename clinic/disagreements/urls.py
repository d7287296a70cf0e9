"""Addresses of this app."""

app_name = "disagreements"
urlpatterns: list = []
