"""The Flask extensions, unbound; the database has a module of its own."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_security import Security
from flask_wtf import CSRFProtect

from portal.networks import network

csrf = CSRFProtect()
limiter = Limiter(key_func=lambda: network(get_remote_address()))
security = Security()
