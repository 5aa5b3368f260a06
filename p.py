import django,os
os.environ["DJANGO_SETTINGS_MODULE"]="digits_site.settings"
django.setup()
from recognizer.address_hashes import *
import recognizer.address_hashes as a
print([n for n in dir(a) if not n.startswith("_")])
from recognizer.models import Drawing
print([f.name for f in Drawing._meta.fields])
