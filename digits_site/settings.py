"""Every setting of the site, each with a default that works on a fresh clone.

What differs between machines is read from environment variables; the table in README.md lists them."""

from datetime import timedelta
from pathlib import Path

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy
from django_guid.integrations import CeleryIntegration

from digits_site import policies
from digits_site.environment import (
    Environment,
    cache_url,
    embedded_broker_socket,
    folder_storage,
    secret_key,
    socket_url,
)

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()

# Where everything that the site writes is kept
DATA_DIR = env.path("DATA_DIR", BASE_DIR / "data").resolve()
RUN_DIR = DATA_DIR / "run"

DEBUG = env.bool("DEBUG", False)
# On the open internet: the site then refuses to start with settings that are meant for one's own machine.
PRODUCTION = env.bool("PRODUCTION", False)
SECRET_KEY = env.str("SECRET_KEY", "") or secret_key(DATA_DIR / "secret_key", may_make=not PRODUCTION)
# Keys of before, which still open what they signed while everybody changes to the new one
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", [])
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", LOCAL_HOSTS)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", [])

INSTALLED_APPS = [
    "django_guid",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "ninja",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "digits_site",
    "recognizer",
    "training",
]

MIDDLEWARE = [
    "digits_site.requests.believe_only_proxies",
    "django_guid.middleware.guid_middleware",
    "digits_site.requests.watch",
    "django.middleware.security.SecurityMiddleware",
    "digits_site.policies.Policies",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "digits_site.pages_only.Sessions",
    "digits_site.languages.Languages",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "digits_site.pages_only.Authentication",
    "digits_site.pages_only.OneTimeCodes",
    "digits_site.pages_only.Messages",
    "digits_site.logins.sessions.StaffSessions",
    "digits_site.sizes.refuse_large_bodies",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "recognizer.storing.Apologies",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "digits_site.urls"
WSGI_APPLICATION = "digits_site.wsgi.application"
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"
CSRF_FAILURE_VIEW = "recognizer.views.csrf_failure"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Database: SQLite in the data folder, or what DATABASE_URL names
SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(DATA_DIR / "db.sqlite3")}
DATABASES = {"default": env.database("DATABASE_URL", SQLITE)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE takes the write lock at BEGIN, so that two writers queue up instead of failing half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": env.float("SQLITE_TIMEOUT_SECONDS", 20.0),
        # What is deleted is written over, as it is by default in many builds of SQLite, and not in all.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# SQLite's log is emptied after deletions, if others are out of the way within this time; else the next time.
SQLITE_LOG_SECONDS = env.float("SQLITE_LOG_SECONDS", 0.2)
# A thread keeps its connection. The last one that is closed has SQLite write its log back, at each request if need be.
DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONNECTION_SECONDS", 60, least=0)
# PostgreSQL: a connection that answered so lately is not asked whether it still does before it is used again.
DATABASE_TRUST_SECONDS = env.float("DATABASE_TRUST_SECONDS", 1.0)
# PostgreSQL keeps the plans of the busiest statements. A pooler that gives each transaction another connection has to
# know of that, as PgBouncer does from 1.21 on.
DATABASE_PREPARES = env.bool("DATABASE_PREPARES", True)
# PostgreSQL: a process that was stopped in the middle of a transaction would keep its locks for as long.
IDLE_TRANSACTION_SECONDS = env.float("IDLE_TRANSACTION_SECONDS", 30.0)
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    DATABASES["default"]["ENGINE"] = "digits_site.postgresql"
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)
    idle = f"-c idle_in_transaction_session_timeout={round(1000 * IDLE_TRANSACTION_SECONDS)}"
    DATABASES["default"]["OPTIONS"].setdefault("options", idle)
    DATABASES["default"]["OPTIONS"].setdefault("prepare_threshold", 0 if DATABASE_PREPARES else None)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

PASSWORD_HASHERS = [
    "digits_site.logins.hashers.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# So many wrong passwords for a name from one address shut the login for both, for so long.
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURES", 10)
AXES_COOLOFF_TIME = timedelta(minutes=env.float("LOGIN_LOCK_MINUTES", 15.0, least=0.1))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "digits_site.logins.lockout.hashed_address"
AXES_LOCKOUT_CALLABLE = "digits_site.logins.lockout.locked_out"
AXES_CLIENT_STR_CALLABLE = "digits_site.logins.lockout.in_log"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True  # what went well is nobody's business
AXES_ENABLE_ADMIN = False  # it has a page of ours
AXES_VERBOSE = False
# Kept with a failure as asterisks, as the password is: a recovery code that was typed is still good.
AXES_SENSITIVE_PARAMETERS = ["code", "csrfmiddlewaretoken"]
# Sessions of staff end so long after the login, and after so long without a request.
STAFF_SESSION_HOURS = env.float("STAFF_SESSION_HOURS", 12.0, least=0.01)
STAFF_IDLE_MINUTES = env.float("STAFF_IDLE_MINUTES", 60.0, least=0.1)
SESSION_COOKIE_AGE = round(3600 * STAFF_SESSION_HOURS)
# One-time codes of staff besides the password: nobody's, of those who have set it up, or of everybody
STAFF_TOTP = env.one_of(("OFF", "OPTIONAL", "REQUIRED"), "STAFF_TOTP", "OPTIONAL").lower()
OTP_TOTP_ISSUER = "digits"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# Languages: what a browser asks for, unless a visitor chose another; the catalogs of the apps lie in the apps
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = env.int("LANGUAGE_COOKIE_AGE_SECONDS", 365 * 24 * 3600)

# Files: static ones hashed and compressed; uploads and weights behind Django's storage API
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.path("STATIC_ROOT", DATA_DIR / "static")
MEDIA_ROOT = env.path("MEDIA_ROOT", DATA_DIR / "media")
YARDSTICKS_DIR = env.path("YARDSTICKS_DIR", MEDIA_ROOT / "yardsticks")  # imported test data sets
# A bucket of an S3-compatible server in the place of these folders; nothing: the folders
S3 = env.bucket("S3_BUCKET")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "uploads": S3.storage("uploads") or folder_storage(MEDIA_ROOT / "uploads"),
    "weights": S3.storage("weights") or folder_storage(MEDIA_ROOT / "weights"),
    "exports": S3.storage("exports") or folder_storage(MEDIA_ROOT / "exports"),
    "yardsticks": S3.storage("yardsticks") or folder_storage(YARDSTICKS_DIR),
    "staticfiles": {"BACKEND": "digits_site.storage.StaticFiles"},
}
if DEBUG:
    # Without `collectstatic` there is no manifest to look names up in.
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True
    WHITENOISE_AUTOREFRESH = True

# Backups: where those go that are given no other place, when one is made each night (at this time of the site's time
# zone; nothing: never), and how many nights' are kept
BACKUP_DIR = env.path("BACKUP_DIR", DATA_DIR / "backups")
BACKUP_NIGHTLY_AT = env.time_of_day("BACKUP_NIGHTLY_AT", "")
BACKUP_KEEP = env.int("BACKUP_KEEP", 7)

# Cookies and headers; HTTPS=true where a proxy in front of the site ends TLS
HTTPS = env.bool("HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
# A browser takes a cookie of such a name from this very host alone, over HTTPS.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid", f"{COOKIE_PREFIX}csrftoken"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Whoever asks over plain HTTP is sent on to HTTPS, but for those who watch over the site from the machine itself.
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
# How long browsers remember to come over HTTPS only, and whether that holds for names below this host's as well
HSTS_SECONDS = env.int("HSTS_SECONDS", 365 * 24 * 3600, least=0)
SECURE_HSTS_SECONDS = HSTS_SECONDS if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_SUBDOMAINS", True)
# To be built into browsers is for the owner of the whole domain to ask for, and cannot be taken back within months.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
# Whose X-Forwarded-For is believed: networks such as 10.0.0.0/8, and "unix" for a proxy on a Unix socket
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES", [])
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {"DIRECTIVES": policies.PUBLIC}
VISITOR_COOKIE_NAME, PLAIN_VISITOR_COOKIE_NAME = f"{COOKIE_PREFIX}visitor", "visitor"
# The last day on which visitors of before HTTPS are known by the cookie's plain name, which a neighbouring host can set
PLAIN_COOKIE_UNTIL = env.date("PLAIN_COOKIE_UNTIL", "")
VISITOR_COOKIE_AGE_SECONDS = env.int("VISITOR_COOKIE_AGE_SECONDS", 2 * 365 * 24 * 3600)

# Privacy: who answers for the site, as the page on what is stored says it; and where to report a weakness
OPERATOR_NAME = env.str("OPERATOR_NAME", "")
OPERATOR_CONTACT = env.str("OPERATOR_CONTACT", "")
SECURITY_CONTACT = env.str("SECURITY_CONTACT", "")
# Of addresses a keyed hash alone is kept, for so many days, and written once in so many seconds for each visitor.
# Machines that share a database share the key too.
ADDRESS_KEY = env.str("ADDRESS_KEY", "") or secret_key(DATA_DIR / "address_key")
ADDRESS_DAYS = env.float("ADDRESS_DAYS", 30.0)
ADDRESS_NOTE_SECONDS = env.float("ADDRESS_NOTE_SECONDS", 3600.0)
# Who has everything deleted: so many drawings at a time, for so long in the request; the rest by a light task.
ERASE_AT_ONCE = env.int("ERASE_AT_ONCE", 200)
ERASE_REQUEST_SECONDS = env.float("ERASE_REQUEST_SECONDS", 2.0)
ERASE_SECONDS = env.float("ERASE_SECONDS", 10.0, least=1.0)
ERASE_BUDGET_SECONDS = env.float("ERASE_BUDGET_SECONDS", 8.0)
# Visitors who were away for so many days are deleted with all that is theirs; 0: never
INACTIVE_VISITOR_DAYS = env.float("INACTIVE_VISITOR_DAYS", 0.0)
# What processes remember of drawings is forgotten when nobody asked for so long.
FORGET_SECONDS = env.float("FORGET_SECONDS", 600.0)
# For how many days backups are kept, as the page on what is stored says it
BACKUP_KEEP_DAYS = env.int("BACKUP_KEEP_DAYS", 30, least=0)

# What may come in
MAX_BODY_BYTES = env.int("MAX_BODY_BYTES", 8 * 1024 * 1024)
# Of a form on any page; the import of a yardstick takes YARDSTICK_UPLOAD_BYTES more
MAX_FORM_BYTES = env.int("MAX_FORM_BYTES", 1024 * 1024)
MAX_UPLOAD_PIXELS = env.int("MAX_UPLOAD_PIXELS", 50_000_000)
# Of a PNG, WebP or progressive JPEG, which a process has to keep whole while it decodes them
MAX_WHOLE_PIXELS = env.int("MAX_WHOLE_PIXELS", 12_500_000)
MAX_POINTS = env.int("MAX_POINTS", 20_000)
MAX_STROKES = env.int("MAX_STROKES", 200)
# A file that no drawing names is removed after this long; a drawing's row follows its file within seconds.
LOST_UPLOAD_SECONDS = env.float("LOST_UPLOAD_SECONDS", 3600.0)
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
FILE_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
# The API's drawings a page, unless asked for fewer or more, and the most that may be asked for
DRAWINGS_PER_PAGE = env.int("DRAWINGS_PER_PAGE", 24)
DRAWINGS_PER_PAGE_MOST = 100

# How often a browser, an address and all together may ask in a minute; 0: as often as anybody likes. A browser asks for
# an answer at each lift of the pen, and a whole school may come from one address. All together: more
# than two cores answer, so that it is a flood that meets it; several machines want more.
THROTTLES = {
    "recognitions": env.numbers("THROTTLE_RECOGNITIONS", "300,12000,60000"),
    "explanations": env.numbers("THROTTLE_EXPLANATIONS", "120,4800,12000"),
    "drawings": env.numbers("THROTTLE_DRAWINGS", "60,2400,60000"),
    "labels": env.numbers("THROTTLE_LABELS", "120,4800,60000"),
    "opinions": env.numbers("THROTTLE_OPINIONS", "200,8000,60000"),
    "lives": env.numbers("THROTTLE_LIVES", "60,2400,60000"),
    "exports": env.numbers("THROTTLE_EXPORTS", "6,240,600"),  # each reads all that a visitor has
    "pages": env.numbers("THROTTLE_PAGES", "120,4800,60000"),
    "requests": env.numbers("THROTTLE_REQUESTS", "300,12000,60000"),
    "rooms": env.numbers("THROTTLE_ROOMS", "20,600,6000"),  # codes that are tried
    "logins": env.numbers("THROTTLE_LOGINS", "0,60,600"),
}
# All of these times so much; 0 switches them off
THROTTLE_SCALE = env.float("THROTTLE_SCALE", 1.0, most=1e6)
# While the cache is away nobody is refused, and it is asked again after so long.
CACHE_RETRY_SECONDS = env.float("CACHE_RETRY_SECONDS", 10.0)
# What is stored at most; 0: no limit. Of one visitor, and of new visitors from one address in a day
QUOTA_VISITOR_DRAWINGS = env.int("QUOTA_VISITOR_DRAWINGS", 10_000, least=0)
QUOTA_VISITOR_BYTES = env.int("QUOTA_VISITOR_BYTES", 200 * 1024**2, least=0)
QUOTA_NEW_VISITORS_A_DAY = env.int("QUOTA_NEW_VISITORS_A_DAY", 2000, least=0)
# Of everybody together
QUOTA_SITE_DRAWINGS = env.int("QUOTA_SITE_DRAWINGS", 20_000_000, least=0)
QUOTA_SITE_BYTES = env.int("QUOTA_SITE_BYTES", 0, least=0)
# How long a process believes what it counted of these
QUOTA_SECONDS = env.float("QUOTA_SECONDS", 60.0)
QUOTA_SITE_SECONDS = env.float("QUOTA_SITE_SECONDS", 600.0)

# Recognition
LIVE_VERSION_TTL_SECONDS = env.float("LIVE_VERSION_TTL_SECONDS", 1.0)
# Below this confidence the answer is "not a digit"; chosen so that it does not reject what people mean as a digit.
MIN_CONFIDENCE = env.float("MIN_CONFIDENCE", 0.3, most=1.0)
# From this probability of "no digit" on as well, where the network has learnt what that is; a thousandth of MNIST's
# validation images lies above it.
NO_DIGIT_FROM = env.float("NO_DIGIT_FROM", 0.6, most=1.0)
# The admin's filter "low confidence"
LOW_CONFIDENCE = env.float("LOW_CONFIDENCE", 0.8, most=1.0)
# How often that is done, and how many drawings of older releases get their fingerprints each time
SHAPES_SECONDS = env.float("SHAPES_SECONDS", 15.0)
FINGERPRINTS_AT_ONCE = env.int("FINGERPRINTS_AT_ONCE", 10_000)
# Up to so many rows a long list of the admin is counted; from there on it says "more than", and its pages end there.
LIST_COUNT_MOST = env.int("LIST_COUNT_MOST", 100_000)
# Every n-th visitor's drawings never train; they measure the accuracy on people whom the network has not met.
HELD_OUT_EVERY = env.int("HELD_OUT_EVERY", 5, least=0)
# Drawings that were being stored while a shape was banned or lifted are looked for so much later.
BAN_SWEEP_AFTER_SECONDS = env.float("BAN_SWEEP_AFTER_SECONDS", 60.0)
SHIPPED_WEIGHTS_DIR = BASE_DIR / "recognizer" / "weights"

# MNIST: MNIST_DIR, else the data folder, else downloaded there
MNIST_DIR = env.path("MNIST_DIR", None)
MNIST_DOWNLOAD_DIR = DATA_DIR / "mnist"
# Digits that the project draws by itself, kept so that they are drawn once
GENERATED_DIR = env.path("GENERATED_DIR", DATA_DIR / "generated")
MNIST_TIMEOUT_SECONDS = env.float("MNIST_TIMEOUT_SECONDS", 20.0)

# Training
TRAINING_THREADS = env.int("TRAINING_THREADS", 0, least=0)  # 0: as many as there are cores
TRAINING_NICENESS = env.int("TRAINING_NICENESS", 15, least=0, most=19)  # how far visitors come first
JOB_LEASE_SECONDS = env.float("JOB_LEASE_SECONDS", 30.0)
JOB_HEARTBEAT_SECONDS = env.float("JOB_HEARTBEAT_SECONDS", 5.0)
JOB_PROGRESS_SECONDS = env.float("JOB_PROGRESS_SECONDS", 1.0)  # how often progress is written, at most
JOB_HEAR_SECONDS = env.float("JOB_HEAR_SECONDS", 0.5)  # how often a job looks in between whether it is to stop
JOB_MOST_ATTEMPTS = env.int("JOB_MOST_ATTEMPTS", 3)
# A queued job that nobody took is rung for again after this long; its message may be lost, or all workers busy.
JOB_RING_SECONDS = env.float("JOB_RING_SECONDS", 60.0)
# How long a worker waits for a database that restarts before it gives an epoch or a version up.
JOB_DATABASE_PATIENCE_SECONDS = env.float("JOB_DATABASE_PATIENCE_SECONDS", 120.0)
JOB_SWEEP_SECONDS = env.float("JOB_SWEEP_SECONDS", 5.0)
# Lines kept of each job's log; of a longer one the oldest go.
JOB_LOG_MOST = env.int("JOB_LOG_MOST", 1000)
# Where a training stands is kept here this often. Workers of several machines share the folder, or begin jobs anew.
CHECKPOINTS_DIR = env.path("CHECKPOINTS_DIR", DATA_DIR / "checkpoints")
CHECKPOINT_SECONDS = env.float("CHECKPOINT_SECONDS", 5.0)
# How often the live version is measured anew on this site's own drawings, if labels were accepted since.
MEASURE_SECONDS = env.float("MEASURE_SECONDS", 30.0)
# Snapshots: files with the images of what jobs learn from, and how much of one a single visitor may make up: this
# share, or twice an even share where visitors are few, but never fewer drawings than the least.
SNAPSHOT_DIR = env.path("SNAPSHOT_DIR", DATA_DIR / "snapshots")
SNAPSHOT_VISITOR_SHARE = env.float("SNAPSHOT_VISITOR_SHARE", 0.05, most=1.0)
SNAPSHOT_VISITOR_LEAST = env.int("SNAPSHOT_VISITOR_LEAST", 20)
SNAPSHOT_SWEEP_SECONDS = env.float("SNAPSHOT_SWEEP_SECONDS", 3600.0)
TRAIN_OUTPUT_DIR = env.path("TRAIN_OUTPUT_DIR", DATA_DIR / "train")

# Yardsticks and measurements: versions measured in chunks by all workers
# The largest file that the admin's form takes; the command takes any
YARDSTICK_UPLOAD_BYTES = env.int("YARDSTICK_UPLOAD_BYTES", 64 * 1024 * 1024)
# Images that a worker measures at a stretch, and how long it may be silent before another takes them over
MEASUREMENT_CHUNK = env.int("MEASUREMENT_CHUNK", 2000)
MEASUREMENT_LEASE_SECONDS = env.float("MEASUREMENT_LEASE_SECONDS", 60.0)
# Whether every version is measured by itself on what it was never measured on
MEASURE_MISSING = env.bool("MEASURE_MISSING", True)
# Of each set that the forgetting meter reads after an epoch; 0 switches it off
METER_IMAGES = env.int("METER_IMAGES", 1000, least=0)
# The gate: what a version must reach to go live without a reason, compared with the live one on the same images.
# MNIST's test set may be worse by so many points, and the recall of a digit by so many.
GATE_MNIST_POINTS = env.float("GATE_MNIST_POINTS", 0.10)
GATE_RECALL_POINTS = env.float("GATE_RECALL_POINTS", 2.0)
# With fewer images of a digit one alone weighs more than those points, so that all data sets' are judged together.
GATE_MIN_PER_DIGIT = env.int("GATE_MIN_PER_DIGIT", 50)
# With fewer held-out drawings the gate says so, and no version goes live by itself.
GATE_MIN_DRAWINGS = env.int("GATE_MIN_DRAWINGS", 100, least=0)
# A verdict counts for so many days, and until the held-out drawings grew by more than such a share.
GATE_VERDICT_DAYS = env.float("GATE_VERDICT_DAYS", 30.0)
GATE_VERDICT_GROWTH = env.float("GATE_VERDICT_GROWTH", 0.1)
# A version that a job trained goes live by itself if it passes the gate.
AUTO_PROMOTE = env.bool("AUTO_PROMOTE", False)
COMPARE_MOST_FLIPS = env.int("COMPARE_MOST_FLIPS", 60, least=0)  # shown as pictures, in each direction
COMPARE_LATENCY_IMAGES = env.int("COMPARE_LATENCY_IMAGES", 50)
COMPARE_SWEEP_SECONDS = env.float("COMPARE_SWEEP_SECONDS", 10.0)
# A new version that has no comparison yet is given one if its job ended within so many days.
COMPARE_NEW_DAYS = env.float("COMPARE_NEW_DAYS", 7.0)
# Exports of drawings that run as jobs; their leases and looks are those of trainings
EXPORT_KEEP_DAYS = env.float("EXPORT_KEEP_DAYS", 7.0)
# Where an export grows, on the same file system as the storage "exports", so that it is moved there and not copied
EXPORT_WORK_DIR = env.path("EXPORT_WORK_DIR", DATA_DIR / "unfinished-exports")
# An export begins again when its worker vanished or a drawing in it was deleted meanwhile, so often at most.
EXPORT_MOST_SETBACKS = env.int("EXPORT_MOST_SETBACKS", 5, least=0)
# Fewer than LIGHT_TASKS_AT_ONCE, so that a place is left for what takes no time
EXPORTS_AT_ONCE = env.int("EXPORTS_AT_ONCE", 1)
LIGHT_TASKS_AT_ONCE = env.int("LIGHT_TASKS_AT_ONCE", 2)
# Upkeep: trainings that start by themselves, files that are removed, labels that visitors agree on
# A training starts once so many labels were accepted since the last one that learnt from drawings; 0: never.
RETRAIN_AFTER_LABELS = env.int("RETRAIN_AFTER_LABELS", 0, least=0)
# Each night at this time of the site's time zone, like 03:00; nothing: never.
RETRAIN_NIGHTLY_AT = env.time_of_day("RETRAIN_NIGHTLY_AT", "")
RETRAIN_KIND = env.one_of(("FINE-TUNE", "RETRAIN"), "RETRAIN_KIND", "FINE-TUNE").lower()
RETRAIN_EPOCHS = env.int("RETRAIN_EPOCHS", 0, least=0, most=1000)  # 0: as many as are usual for the kind
SCHEDULE_SECONDS = env.float("SCHEDULE_SECONDS", 60.0)
# Weights of versions are kept for so many days, and those of so many newest ones for good.
KEEP_VERSIONS = env.int("KEEP_VERSIONS", 10, least=10)
KEEP_VERSIONS_DAYS = env.float("KEEP_VERSIONS_DAYS", 90.0)
# Checkpoints of jobs that ended, and packed snapshots that nobody has read; the latter are made again when needed.
KEEP_CHECKPOINTS_DAYS = env.float("KEEP_CHECKPOINTS_DAYS", 7.0)
KEEP_SNAPSHOTS_DAYS = env.float("KEEP_SNAPSHOTS_DAYS", 30.0)
# The site removes by itself what it announced so long before; a file that no row names has to be an hour old.
RETENTION_AUTOMATIC = env.bool("RETENTION_AUTOMATIC", True)
RETENTION_NOTICE_HOURS = env.float("RETENTION_NOTICE_HOURS", 24.0)
RETENTION_SECONDS = env.float("RETENTION_SECONDS", 3600.0)
LOST_WEIGHTS_SECONDS = env.float("LOST_WEIGHTS_SECONDS", 3600.0)
# So many visitors who said the same of a drawing accept its label; 0: only people review. A visitor counts who was
# right in such a share of at least so many blind answers on drawings that people had reviewed.
LABEL_AGREEMENT = env.int("LABEL_AGREEMENT", 0, least=0)
AGREEMENT_RECORD_ANSWERS = env.int("AGREEMENT_RECORD_ANSWERS", 20)
AGREEMENT_RECORD_SHARE = env.float("AGREEMENT_RECORD_SHARE", 0.95, most=1.0)
# A label that contradicts an answer of at least this confidence is left to people.
AGREEMENT_CONTRADICTED_FROM = env.float("AGREEMENT_CONTRADICTED_FROM", 0.5, most=1.0)
AGREEMENT_SECONDS = env.float("AGREEMENT_SECONDS", 60.0)
# A visitor's answers on the page that asks for second opinions: more than a person gives are refused.
SECOND_OPINIONS_A_MINUTE = env.int("SECOND_OPINIONS_A_MINUTE", 60)
SECOND_OPINIONS_A_DAY = env.int("SECOND_OPINIONS_A_DAY", 1000)
# A drawing's life: what versions read in it is remembered by each process, so many of the latest readings.
READINGS_KEPT = env.int("READINGS_KEPT", 20_000)
# Drawings that a version learnt from and that a page of the admin reads with it at most
READINGS_AT_ONCE = env.int("READINGS_AT_ONCE", 1000)

# How long a process believes what it knows of there being demo content, which the admin's pages say
DEMO_BANNER_SECONDS = env.float("DEMO_BANNER_SECONDS", 5.0)

# Rooms: the cookie of a browser that is in one, and how many a teacher may have, with how many members each
ROOM_COOKIE_NAME = f"{COOKIE_PREFIX}room"
ROOM_COOKIE_AGE_SECONDS = env.int("ROOM_COOKIE_AGE_SECONDS", 180 * 24 * 3600)
ROOMS_A_TEACHER = env.int("ROOMS_A_TEACHER", 50)
ROOM_MOST_MEMBERS = env.int("ROOM_MOST_MEMBERS", 200)
# Wrong codes from one address, which may be a whole school's, and from everywhere, within so many seconds
ROOM_WRONG_CODES = env.int("ROOM_WRONG_CODES", 60)
ROOM_WRONG_CODES_SITE = env.int("ROOM_WRONG_CODES_SITE", 2000)
ROOM_WRONG_CODES_SECONDS = env.int("ROOM_WRONG_CODES_SECONDS", 600)
# How often an open page of a room asks for what is new, and how many drawings its wall shows
ROOM_REFRESH_SECONDS = env.float("ROOM_REFRESH_SECONDS", 4.0, least=1.0)
ROOM_WALL = env.int("ROOM_WALL", 24)
# For so long a process gives all members of a room the same answer to that
ROOM_FIGURES_SECONDS = env.float("ROOM_FIGURES_SECONDS", 1.5)
# Labels that its teacher is shown at a time, and that may be accepted at one press after they were all seen
ROOM_REVIEW_CARDS = env.int("ROOM_REVIEW_CARDS", 12)
ROOM_REVIEW_MANY = env.int("ROOM_REVIEW_MANY", 120)
# What a room's own version takes: members with accepted drawings, and accepted drawings of those who are not held out;
# and how many a room may train in a day
ROOM_TRAIN_MEMBERS = env.int("ROOM_TRAIN_MEMBERS", 3, least=2)
ROOM_TRAIN_DRAWINGS = env.int("ROOM_TRAIN_DRAWINGS", 20)
ROOM_TRAININGS_A_DAY = env.int("ROOM_TRAININGS_A_DAY", 5)
# Versions of rooms that a web process keeps ready, and drawings that a contest reads at most
ROOM_VERSIONS_KEPT = env.int("ROOM_VERSIONS_KEPT", 8)
ROOM_CONTEST_DRAWINGS = env.int("ROOM_CONTEST_DRAWINGS", 1000)
# Whether what teachers accepted in their rooms trains and measures the site's versions, too
ROOM_LABELS_TRAIN_SITE = env.bool("ROOM_LABELS_TRAIN_SITE", False)
# A room that nobody used for so many days is announced, and deleted so many days later; 0: kept for good.
ROOM_KEEP_DAYS = env.float("ROOM_KEEP_DAYS", 365.0, least=0.0)
ROOM_NOTICE_DAYS = env.float("ROOM_NOTICE_DAYS", 14.0)
# How often rooms that are to be deleted are gone on with, and for how long at a time
ROOM_SECONDS = env.float("ROOM_SECONDS", 30.0)
ROOM_BUDGET_SECONDS = env.float("ROOM_BUDGET_SECONDS", 5.0)

# The review queue: a page that nobody renews gives its labels back after this long; how many it has at hand.
REVIEW_CLAIM_SECONDS = env.float("REVIEW_CLAIM_SECONDS", 120.0)
REVIEW_CARDS_AHEAD = env.int("REVIEW_CARDS_AHEAD", 6)
# How often SQLite counts its rows anew, by which it plans
STATISTICS_SECONDS = env.float("STATISTICS_SECONDS", 900.0)
# Bulk reviews: so many labels at most, up to so many at once in the request, more of them in turns of so many seconds
BULK_MOST = env.int("BULK_MOST", 100_000)
BULK_AT_ONCE = env.int("BULK_AT_ONCE", 400, least=0)
BULK_SECONDS = env.float("BULK_SECONDS", 2.0)
# What labels are valued by and nearest people are found in: so many of MNIST's images, and of the newest accepted
# drawings, which each process looks up anew after so long; how many labels are valued at a time, how often, and for
# how long at most; and by which share what is known has to be new for values to be found anew.
REFERENCE_IMAGES = env.int("REFERENCE_IMAGES", 5000)
REFERENCE_DRAWINGS = env.int("REFERENCE_DRAWINGS", 5000)
REFERENCE_SECONDS = env.float("REFERENCE_SECONDS", 120.0)
VALUE_AT_ONCE = env.int("VALUE_AT_ONCE", 1000)
VALUE_SECONDS = env.float("VALUE_SECONDS", 30.0)
VALUE_BUDGET_SECONDS = env.float("VALUE_BUDGET_SECONDS", 10.0)
VALUE_GROWTH = env.float("VALUE_GROWTH", 0.2, least=0.01, most=1.0)

# The dashboard: figures that are kept by day, counted by a light task every so many seconds and for so long at most
DAY_FIGURES_SECONDS = env.float("DAY_FIGURES_SECONDS", 10.0, least=1.0)
DAY_FIGURES_BUDGET_SECONDS = env.float("DAY_FIGURES_BUDGET_SECONDS", 6.0)
# Figures so old are no worker's: the page itself counts for so long, days of at most so many drawings.
DAY_FIGURES_OLD_SECONDS = env.float("DAY_FIGURES_OLD_SECONDS", 30.0)
DASHBOARD_BUDGET_SECONDS = env.float("DASHBOARD_BUDGET_SECONDS", 0.25)
DASHBOARD_DAY_DRAWINGS = env.int("DASHBOARD_DAY_DRAWINGS", 20_000)
# Each day is counted anew after so long, a few at a time, for what was changed past the site.
DAY_FIGURES_CHECK_SECONDS = env.float("DAY_FIGURES_CHECK_SECONDS", 3600.0)
DAY_FIGURES_CHECKED_AT_ONCE = env.int("DAY_FIGURES_CHECKED_AT_ONCE", 1)
DAY_MARKS_AT_ONCE = env.int("DAY_MARKS_AT_ONCE", 100_000)
# How often the open page asks for what is new
DASHBOARD_REFRESH_SECONDS = env.float("DASHBOARD_REFRESH_SECONDS", 10.0, least=1.0)
# How long an answer about broker, database and disk holds; a page waits BROKER_TIMEOUT_SECONDS for a new one.
HEALTH_CACHE_SECONDS = env.float("HEALTH_CACHE_SECONDS", 10.0)
# How often a worker says that it is there, and after how long without a word it counts as gone
WORKER_SEEN_SECONDS = env.float("WORKER_SEEN_SECONDS", 10.0, least=1.0)
WORKER_GONE_SECONDS = env.float("WORKER_GONE_SECONDS", 45.0)
# So many messages in a queue are more than its workers keep up with; so little room on the disk is worth a warning.
QUEUE_LONG = env.int("QUEUE_LONG", 500)
DISK_LOW_BYTES = env.int("DISK_LOW_BYTES", 1024**3, least=0)

# Celery: an outside Redis or Valkey, or the embedded one that `manage.py up` runs
REDIS_URL = env.broker_url("REDIS_URL")
EMBEDDED_BROKER = not REDIS_URL
EMBEDDED_BROKER_SOCKET = embedded_broker_socket(RUN_DIR)
CELERY_BROKER_URL = REDIS_URL or socket_url(EMBEDDED_BROKER_SOCKET)
BROKER_TIMEOUT_SECONDS = env.float("BROKER_TIMEOUT_SECONDS", 1.0)
# What all processes share for a while and may lose, kept in the same server
CACHES = {
    "default": {
        "BACKEND": "digits_site.caching.Cache",
        "LOCATION": env.broker_url("CACHE_URL") or REDIS_URL or cache_url(EMBEDDED_BROKER_SOCKET),
        "KEY_PREFIX": "digits",
        "OPTIONS": {"socket_connect_timeout": BROKER_TIMEOUT_SECONDS, "socket_timeout": BROKER_TIMEOUT_SECONDS},
    }
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": env.int("CELERY_VISIBILITY_TIMEOUT_SECONDS", 6 * 3600),
    "socket_connect_timeout": BROKER_TIMEOUT_SECONDS,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
CELERY_TASK_PUBLISH_RETRY = False  # the row is the truth: the sweeper rings again
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# How long a worker waits for news of a process of its pool that is gone, before it gives its job back.
CELERY_WORKER_LOST_WAIT = env.float("WORKER_LOST_SECONDS", 1.0)
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = env.float("WORKER_SOFT_SHUTDOWN_SECONDS", 10.0)
CELERY_TASK_DEFAULT_QUEUE = "light"
CELERY_TASK_ROUTES = {"training.tasks.run_job": {"queue": "train"}}
# Tasks of training/tasks.py by their names, with the seconds between two of them
PERIODIC_TASKS = {
    "sweep": JOB_SWEEP_SECONDS,
    "measure": MEASURE_SECONDS,
    "sweep_snapshots": SNAPSHOT_SWEEP_SECONDS,
    "sweep_comparisons": COMPARE_SWEEP_SECONDS,
    "remove_lost_files": 3600.0,
    "erase_visitors": ERASE_SECONDS,
    "forget_what_is_old": 3600.0,
    "sweep_exports": JOB_SWEEP_SECONDS,
    "clean_exports": 3600.0,
    "sweep_measurements": JOB_SWEEP_SECONDS,
    "measure_missing": MEASURE_SECONDS,
    "start_scheduled": SCHEDULE_SECONDS,
    "clean_up": RETENTION_SECONDS,
    "settle_labels": AGREEMENT_SECONDS,
    "guard_shapes": SHAPES_SECONDS,
    "value_labels": VALUE_SECONDS,
    "review_in_bulk": BULK_SECONDS,
    "renew_statistics": STATISTICS_SECONDS,
    "count_days": DAY_FIGURES_SECONDS,
    "tend_rooms": ROOM_SECONDS,
    "back_up": SCHEDULE_SECONDS,
}
# One that nobody took before the next one is due has nothing left to do, and expires.
CELERY_BEAT_SCHEDULE = {
    name: {"task": f"training.tasks.{name}", "schedule": seconds, "options": {"expires": seconds}}
    for name, seconds in PERIODIC_TASKS.items()
}
CELERY_BEAT_SCHEDULE_FILENAME = str(RUN_DIR / "celerybeat-schedule")
CELERY_TIMEZONE = TIME_ZONE

# The supervisor (`manage.py up`)
HOST = env.str("HOST", "127.0.0.1")
PORT = env.int("PORT", 8000, least=0, most=65535)
WEB_WORKERS = env.int("WEB_WORKERS", 2)
WEB_THREADS = env.int("WEB_THREADS", 2)
# Each process on a core of its own, or as many on each, where their numbers allow it.
WEB_KEEPS_TO_CORES = env.bool("WEB_KEEPS_TO_CORES", True)
REQUEST_TIMEOUT_SECONDS = env.int("REQUEST_TIMEOUT_SECONDS", 30)
# Who falls silent in the middle of a request is given up, so that nobody holds a thread for long with a few bytes.
SILENCE_SECONDS = env.float("SILENCE_SECONDS", 10.0, least=0.1)
# After the last answer on a connection, what is still being sent is read for so long, so that the answer is not lost.
CLOSING_SECONDS = env.float("CLOSING_SECONDS", 2.0)
STOP_TIMEOUT_SECONDS = env.float("STOP_TIMEOUT_SECONDS", 15.0)
# The site does not start with less room on its disk, where the database would soon refuse drawings.
MIN_FREE_BYTES = env.int("MIN_FREE_BYTES", 50 * 1024 * 1024, least=0)

# What goes on inside: a line for each request, and figures for Prometheus at /metrics, for whoever shows the token; for
# this machine's own programs where there is none. Processes keep their figures in files that one of them adds up.
LOG_FORMAT = env.one_of(("PLAIN", "JSON"), "LOG_FORMAT", "PLAIN")
ACCESS_LOG = env.bool("ACCESS_LOG", False)
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
METRICS_DIR = RUN_DIR / "metrics"
# How long a process believes what it asked database, broker and disk for these figures
METRICS_SECONDS = env.float("METRICS_SECONDS", 10.0)
# Every request has an id, which its lines in the log, its answer and the tasks that it began carry.
DJANGO_GUID = {
    "GUID_HEADER_NAME": "X-Request-ID",
    "EXPOSE_HEADER": False,
    "INTEGRATIONS": [CeleryIntegration(use_django_logging=True)],
}

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "digits_site.logs.PlainLines",
            "format": "{asctime} {levelname} {name}: {message}{belongs}",
            "style": "{",
        },
        "json": {"()": "digits_site.logs.JsonLines"},
    },
    "filters": {"discreet": {"()": "digits_site.logs.Discreet"}, "context": {"()": "digits_site.logs.Context"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT.lower(),
            "filters": ["discreet", "context"],
        }
    },
    "root": {"handlers": ["console"], "level": env.one_of(LOG_LEVELS, "LOG_LEVEL", "INFO")},
    "loggers": {
        # Django's own handlers would say things a second time, and in their own way.
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "django_guid": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
    },
}

UNFOLD = {
    "SITE_TITLE": "digits",
    "SITE_HEADER": "digits",
    "SITE_SUBHEADER": gettext_lazy("drawings, versions, training"),
    "SITE_SYMBOL": "gesture",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("favicon.svg")}],
    "SITE_URL": reverse_lazy("draw"),
    "LOGIN": {"form": "digits_site.logins.forms.LoginForm"},
    "ACCOUNT": {
        "navigation": []
        if STAFF_TOTP == "off"
        else [{"title": gettext_lazy("Second factor"), "link": reverse_lazy("two_factor")}]
    },
    "SHOW_HISTORY": True,
    "SHOW_LANGUAGES": True,
    # The pages' accent, from its softest shade to its deepest
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 264)",
            "100": "oklch(94% .03 264)",
            "200": "oklch(88% .06 264)",
            "300": "oklch(81% .1 264)",
            "400": "oklch(76% .12 264)",
            "500": "oklch(66% .16 264)",
            "600": "oklch(47% .19 264)",
            "700": "oklch(40% .17 264)",
            "800": "oklch(35% .14 264)",
            "900": "oklch(30% .11 264)",
            "950": "oklch(23% .08 264)",
        },
    },
    "STYLES": [
        lambda request: static("admin/digits/admin.css"),
        lambda request: static("admin/digits/frame.css"),
    ],
    "SCRIPTS": [lambda request: static("admin/digits/frame.js")],
    "SIDEBAR": {"navigation": "digits_site.navigation.sidebar"},
    "DASHBOARD_CALLBACK": "training.dashboard.context",
}
