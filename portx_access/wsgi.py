"""The web server's way in."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portx_access.settings")
# A web process has several threads, which share their connections.
os.environ.setdefault("DATABASE_POOL", "8")
application = get_wsgi_application()

# Nearly all that a request makes goes with it, and the code stays as long as the process: were it
# looked through for garbage as often as Python does by itself, a page would take a tenth longer.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
