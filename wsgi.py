"""The WSGI entry: ``gunicorn wsgi:app``; ``flask --app wsgi`` takes the factory."""

import sys

from portal import create_app, rehearse
from portal.config import ConfigurationError, load_settings
from portal.snapshot.front import Front

try:
    app = Front(load_settings(), create_app, rehearse)
except ConfigurationError as error:
    sys.exit(f"portal: {error}")
