"""The web server's way in."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portx_access.settings")
# A web process has several threads, which share their connections.
os.environ.setdefault("DATABASE_POOL", "8")
application = get_wsgi_application()
