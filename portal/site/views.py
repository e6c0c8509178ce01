"""Addresses of this room."""

from flask import Blueprint

blueprint = Blueprint("site", __name__)
