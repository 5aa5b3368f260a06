"""Where gunicorn finds the site, unless it is one that must not be served."""

import os

from django.core.wsgi import get_wsgi_application

from digits_site import production

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digits_site.settings")

production.refuse()
application = get_wsgi_application()
