"""The WSGI entry: ``gunicorn wsgi:app`` and ``flask --app wsgi``."""

import sys

from portal import create_app
from portal.config import ConfigurationError

try:
    app = create_app()
except ConfigurationError as error:
    sys.exit(f"portal: {error}")
