"""Tenants and the people who log in."""
