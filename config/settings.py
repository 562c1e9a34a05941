"""Every setting, from the environment. docs/configuration.md describes each variable; a test holds the two together."""

import hashlib
import hmac
import os
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from config import environment as env
from config.connections import check_connection, check_writable
from config.databases import parsed
from config.mail import mailers
from vanguard.observability.logs import logging_config
from vanguard.pulse import WatchedConnection

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR: Path = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))

# The environment and its secrets
ENVIRONMENT = env.choice("ENVIRONMENT", env.ENVIRONMENTS, "development")
DEPLOYED = ENVIRONMENT in env.DEPLOYED
DEBUG = env.flag("DEBUG", default=False)
if DEBUG and DEPLOYED:
    raise ImproperlyConfigured(f"DEBUG must be false in {ENVIRONMENT}: its error pages show settings and local variables.")
APP_VERSION = env.text("APP_VERSION", "1.0.0")
LOG_LEVEL = env.choice("LOG_LEVEL", ("debug", "info", "warning", "error"), "info").upper()
JWT_SECRET_KEY = env.secret("JWT_SECRET_KEY", ENVIRONMENT)
JWT_EARLIER_SECRET_KEYS = env.secrets("JWT_EARLIER_SECRET_KEYS", ENVIRONMENT)
ENCRYPTION_KEY = env.secret("ENCRYPTION_KEY", ENVIRONMENT)
ENCRYPTION_KEY_FALLBACKS = env.secrets("ENCRYPTION_KEY_FALLBACKS", ENVIRONMENT)
ENCRYPTION_SALT = env.secret("ENCRYPTION_SALT", ENVIRONMENT)
# 600,000 is OWASP's figure for PBKDF2-HMAC-SHA256; tests derive many keys and need only the floor.
ENCRYPTION_ITERATIONS = 100_000 if ENVIRONMENT == "test" else 600_000
# Railway's and ECS's variables carry no key for Django's own signing (sessions, resets): it is derived, so that one secret fewer can leak.
SECRET_KEY, *SECRET_KEY_FALLBACKS = (
    [env.secret("SECRET_KEY", ENVIRONMENT)]
    if env.text("SECRET_KEY")
    else [hmac.new(key.encode(), b"django signing key", hashlib.sha256).hexdigest() for key in (JWT_SECRET_KEY, *JWT_EARLIER_SECRET_KEYS)]
)

# Who is told of a hole (vanguard.web.disclosure); empty: nobody.
SECURITY_CONTACT = env.contacts("SECURITY_CONTACT")

# Who may speak to us
TRUSTED_HOSTS = env.words("TRUSTED_HOSTS", "*.vanguardai.com,localhost,127.0.0.1")
if env.text("RAILWAY_ENVIRONMENT"):
    TRUSTED_HOSTS = [*TRUSTED_HOSTS, "*.railway.app"]
ALLOWED_HOSTS = [host.removeprefix("*") for host in TRUSTED_HOSTS] + (["testserver"] if ENVIRONMENT == "test" else [])
TRUSTED_PROXIES = env.words("TRUSTED_PROXIES")
CORS_ALLOWED_ORIGINS = env.words("CORS_ORIGINS", "https://app.vanguardai.com")
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
# Those that our own frontend sends; vanguard.web.cors grants a preflight any that it names.
CORS_ALLOW_HEADERS = [
    "authorization",
    "content-type",
    "if-match",
    "if-none-match",
    "idempotency-key",
    "x-correlation-id",
    "x-device-token",
]
CORS_EXPOSE_HEADERS = ["ETag", "Location", "Retry-After", "X-Correlation-ID"]
CORS_URLS_REGEX = r"^/api/"
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in TRUSTED_HOSTS]

INSTALLED_APPS = [
    "claims.oversight",
    "claims",
    "claims.clocks",
    "claims.decisions",
    "claims.parties",
    "claims.letters",
    "claims.intake",
    "claims.diary",
    "claims.fraud",
    "policies.quotes",
    "policies.billing",
    "policies",
    "policies.papers",
    "policies.products",
    "customers",
    "vanguard",
    "vanguard.accounts",
    "vanguard.mail",
    "vanguard.observability",
    "vanguard.trail",
    "vanguard.webhooks",
    "vanguard.jobs",
    "vanguard.workbench.apps.WorkbenchConfig",
    "vanguard.workbench.apps.WorkbenchAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic",
    "django.contrib.staticfiles",
    "corsheaders",
    "axes",
    "auditlog",
    "django_prometheus",
    "ninja",
]

MIDDLEWARE = [
    # Around everything, static files and refusals included; does the work of Django's security, CSP, frame and gzip middleware.
    "vanguard.web.middleware.WebMiddleware",
    "vanguard.web.cors.Cors",
    "servestatic.middleware.ServeStaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
APPEND_SLASH = True
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
# Draws an <input> without reading a template for it: a claim's page has eighty.
FORM_RENDERER = "vanguard.workbench.widgets.WidgetRenderer"


# Data
# Reports hold a book against lists of keys. Of more keys than PostgreSQL expects in a few megabytes it goes along the list for each row,
# which ends no report of a million claims; a list takes what it needs (docs/decisions/0179).
PLANS = "-c jit=off -c hash_mem_multiplier=16"


def _database() -> dict[str, Any]:
    url = env.text("DATABASE_URL")
    if not url and ENVIRONMENT in ("staging", "production"):
        raise ImproperlyConfigured(f"DATABASE_URL is not set. {ENVIRONMENT} does not start without it.")
    if not url:
        VAR_DIR.mkdir(parents=True, exist_ok=True)
    settings = parsed(url or f"sqlite:///{VAR_DIR / 'vanguard.sqlite3'}")
    options = dict(settings.get("OPTIONS", {}))
    options.pop("pgbouncer", None)
    if "sqlite" in settings["ENGINE"]:
        # Writers queue at BEGIN instead of failing at their first write; readers never wait for a writer.
        options |= {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # Up to 64 MB of pages are kept: with the 2 MB of the default, an import reads and writes the same indexes again and again.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-64000",
        }
        # A file even in tests: threads that share an in-memory database fail at once where real ones would wait.
        settings["TEST"] = {"NAME": str(Path(gettempdir()) / f"vanguard-test-{os.getpid()}.sqlite3")}
    else:
        # What was sent and is not taken by the other machine's kernel for ten seconds is lost, and so is who says nothing for a minute.
        network = {"tcp_user_timeout": 10_000, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
        options |= {"application_name": "vanguardai", "connect_timeout": 3} | network
        if BEHIND_PGBOUNCER:
            # Each transaction may have another connection: nothing that outlives one. The time limits are the role's there.
            settings["DISABLE_SERVER_SIDE_CURSORS"] = True
        else:
            limits = "-c statement_timeout=25s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
            options["options"] = f"{PLANS} {limits}"
        if DATABASE_POOL_SIZE:
            options["pool"] = {
                "min_size": DATABASE_POOL_SIZE - DATABASE_READ_POOL["min_size"],
                "max_size": DATABASE_POOL_SIZE + DATABASE_POOL_OVERFLOW - DATABASE_READ_POOL["max_size"],
                "timeout": 3,
                "max_lifetime": 3600,
                "check": check_writable if options.get("target_session_attrs") == "read-write" else check_connection,
                "connection_class": WatchedConnection,
                # Given up soon: the next request that needs one has it tried at once, and waits for no ever longer pause to end.
                "reconnect_timeout": 2,
            }
    return settings | {"OPTIONS": options, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}


def _replica(url: str, like: dict[str, Any]) -> dict[str, Any]:
    """As the database is connected to, but for reading, by fewer, and given up sooner: the primary can answer too."""
    if not like["ENGINE"].endswith("postgresql") or urlsplit(url).scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured("DATABASE_REPLICA_URL and DATABASE_URL must both name PostgreSQL.")
    settings = parsed(url)
    named, behind_pgbouncer = dict(settings.get("OPTIONS", {})), "pgbouncer" in settings.get("OPTIONS", {})
    named.pop("pgbouncer", None)
    if named.get("target_session_attrs") == "read-write":
        named["target_session_attrs"] = "prefer-standby"  # of several hosts
    shared = {name: value for name, value in like["OPTIONS"].items() if name not in ("pool", "options", "target_session_attrs")}
    options = shared | named | {"connect_timeout": 2}
    if behind_pgbouncer:
        settings["DISABLE_SERVER_SIDE_CURSORS"] = True
    else:
        options["options"] = f"{PLANS} -c statement_timeout=25s -c default_transaction_read_only=on"
        if DATABASE_POOL_SIZE:
            pool = {"min_size": 0, "max_size": DATABASE_REPLICA_POOL_SIZE, "timeout": 2, "check": check_connection}
            options["pool"] = pool | {"connection_class": WatchedConnection, "max_lifetime": 3600, "reconnect_timeout": 2}
    around = {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True, "TEST": {"MIRROR": "default"}}
    return settings | {"OPTIONS": options} | around


# 10 kept and 20 more at need, a worker process; 0 turns the pool off (one connection a thread), as manage.py does.
# Behind PgBouncer, which pools itself (DATABASE_URL ends in ?pgbouncer=true), there is none.
BEHIND_PGBOUNCER = "pgbouncer=true" in urlsplit(env.text("DATABASE_URL")).query
DATABASE_POOL_SIZE = 0 if BEHIND_PGBOUNCER else env.number("DATABASE_POOL_SIZE", 0 if ENVIRONMENT == "test" else 10)
DATABASE_POOL_OVERFLOW = env.number("DATABASE_POOL_OVERFLOW", 20)
# Half of both are apart for the API's reads, which the event loop itself waits on (vanguard.http.pool).
DATABASE_READ_POOL: dict[str, Any] = {
    "min_size": DATABASE_POOL_SIZE // 2,
    "max_size": DATABASE_POOL_SIZE // 2 + (DATABASE_POOL_OVERFLOW // 2 if DATABASE_POOL_SIZE > 1 else 0),
    "timeout": 3,
    "max_lifetime": 3600,
}
# Who calls is remembered for so long, unless PostgreSQL tells of a change before (vanguard.http.callers); 0: read at each request.
CALLER_REMEMBERED_SECONDS = 0 if BEHIND_PGBOUNCER else env.number("CALLER_REMEMBERED_SECONDS", 5)
# The role of PostgreSQL as which reads of those are made who may see only their own (vanguard.confinement); empty: they are not.
CONFINED_ROLE = env.text("CONFINED_ROLE", "vanguard_confined")
# As whom the platform serves, for a process that works as the owner of the tables: `migrate` gives that user its rights (vanguard.rights).
APPLICATION_DATABASE_URL = env.text("APPLICATION_DATABASE_URL")
DATABASES = {"default": _database()}
# Reports, exports and staff's lists are read there (vanguard.replica).
DATABASE_REPLICA_URL = env.text("DATABASE_REPLICA_URL")
DATABASE_REPLICA_POOL_SIZE = env.number("DATABASE_REPLICA_POOL_SIZE", 4)
if DATABASE_REPLICA_URL:
    DATABASES["replica"] = _replica(DATABASE_REPLICA_URL, DATABASES["default"])
DATABASE_ROUTERS = ["vanguard.replica.Router"] if DATABASE_REPLICA_URL else []
# In which the API's writes run, a worker process: beyond a few they only wait for each other.
SERVICE_THREADS = env.number("SERVICE_THREADS", 4)
# Requests of the API under way in a worker process; those beyond are answered 503 with Retry-After.
REQUESTS_AT_ONCE = env.number("REQUESTS_AT_ONCE", 200)
# What a caller may ask for in a minute, over all workers (vanguard.http.rates); 0: without end. Pages are those of the workbench.
REQUESTS_A_MINUTE = env.number("REQUESTS_A_MINUTE", 1200)
PAGES_A_MINUTE = env.number("PAGES_A_MINUTE", 600)
COSTLY_REQUESTS_A_MINUTE = env.number("COSTLY_REQUESTS_A_MINUTE", 60)
REFUSED_TOKENS_A_MINUTE = env.number("REFUSED_TOKENS_A_MINUTE", 300)
ANONYMOUS_REQUESTS_A_MINUTE = env.number("ANONYMOUS_REQUESTS_A_MINUTE", 1200)
# WebSockets open in a worker process (each is one of gunicorn's 1,000 connections), and those of one person among them.
SOCKETS_AT_ONCE = env.number("SOCKETS_AT_ONCE", 500)
SOCKETS_PER_USER = env.number("SOCKETS_PER_USER", 20)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        "KEY_PREFIX": "vanguard",
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

# Log-in
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["vanguard.accounts.passwords.BcryptHasher"]
BCRYPT_ROUNDS = 4 if ENVIRONMENT == "test" else 12
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "vanguard.accounts.passwords.PasswordPolicy"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "vanguard.accounts.passwords.NotCommon"},
    {"NAME": "vanguard.accounts.history.NotReused"},
]
PASSWORD_RESET_TIMEOUT = 3600
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
# In the database alone: with a cache before it nobody could log in while Redis is away.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
# What was done to whom is told on the next page; by default it would get there in a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
AXES_HANDLER = "vanguard.accounts.lockout.CountingFirst"
AXES_FAILURE_LIMIT = 3
AXES_COOLOFF_TIME = 0.25  # hours: 15 minutes
AXES_LOCKOUT_CALLABLE = "vanguard.workbench.login.locked_page"
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_ENABLE_ADMIN = False  # its tables stay empty
AXES_USERNAME_CALLABLE = "vanguard.accounts.passwords.lockout_name"
AXES_SENSITIVE_PARAMETERS = ["username", "password", "otp"]  # people type passwords into the name box
AXES_CLIENT_IP_CALLABLE = "vanguard.context.address_of"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # the e-mail is unique by a constraint on its lower case, which this check does not see
    "fields.E323",  # a policy's versions go with it in the database, whose triggers keep them otherwise
    "axes.W006",  # the lock is on the account, whatever the address: guesses from many addresses must not add up to many tries
    "security.W001",  # WebMiddleware does what SecurityMiddleware and
    "security.W002",  # XFrameOptionsMiddleware do, without their thread hops
]
ROLES = "config.roles.ROLES"
# Only development and a preview have the demo's log-ins.
DEMO_ALLOWED = ENVIRONMENT in ("development", "preview", "test")
DEMO_PASSWORD = env.text("DEMO_PASSWORD")
DEMO_PASSWORD_FILE = VAR_DIR / "demo-password"
ACCESS_TOKEN_SECONDS = 1800
REFRESH_TOKEN_SECONDS = 14 * 24 * 3600
# Staff without a second factor can do nothing but set one up.
REQUIRE_SECOND_FACTOR = env.flag("REQUIRE_SECOND_FACTOR", default=ENVIRONMENT == "production")
# For so long a code of it counts where money leaves and personal data is revealed.
STEP_UP_MINUTES = env.number("STEP_UP_MINUTES", 10)

# The browser
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_HSTS_SECONDS = 31_536_000 if DEPLOYED else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = DEPLOYED
SECURE_SSL_REDIRECT = env.flag("TLS_REDIRECT", default=DEPLOYED)
# Only a trusted proxy's word counts: WebMiddleware takes the header away from everybody else.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REDIRECT_EXEMPT = [r"^health", r"^metrics$"]
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = DEPLOYED
# By this beginning browsers take a cookie only over TLS and from this very host: no neighbour of the domain can plant one.
COOKIE_PREFIX = "__Host-" if DEPLOYED else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid", f"{COOKIE_PREFIX}csrftoken"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 11 * 1024 * 1024  # vanguard/web/limits.py holds the limits a path: 1 MiB of JSON, 10 MiB for a document
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# Files and language
STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(VAR_DIR / "static")))
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(VAR_DIR / "documents")))
STORAGES = {
    "default": {"BACKEND": "vanguard.documents.disk.DiskStorage"},
    "sealed": {"BACKEND": "vanguard.documents.sealed.SealedStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if ENVIRONMENT in ("development", "test")
        else "vanguard.web.static_files.RepeatableStaticFilesStorage"
    },
}
# Personal data: how long it is kept after the last policy or claim has ended; who was erased, kept outside of the database;
# how many times a day one person may look at it in plain before Compliance is told.
RETENTION_YEARS = env.number("RETENTION_YEARS", 7)
ERASURE_LEDGER = Path(env.text("ERASURE_LEDGER", str(VAR_DIR / "erasures.jsonl")))
REVEALS_A_DAY = env.number("REVEALS_A_DAY", 20)
# The virus scanner for uploads: host:port, or unix:/path; empty is none
CLAMD_ADDRESS = env.text("CLAMD_ADDRESS")
# Who the papers are from
INSURER_NAME = env.text("INSURER_NAME", "Vanguard Insurance")
INSURER_ADDRESS = env.text("INSURER_ADDRESS", "")
# What `restore` runs when the backup is in its place: who was erased since is erased again before anybody can look, and who serves may.
AFTER_RESTORE = [["replay_erasures", "--if-any"], ["grant_application_role", "--if-any"]]
# What `verify_all` runs, one after another.
VERIFICATIONS = [["check", "--database", "default"], ["reconcile_totals"], ["audit_verify"], ["verify_books", "--every-file"]]
SERVESTATIC_USE_FINDERS = ENVIRONMENT in ("development", "test")
SERVESTATIC_AUTOREFRESH = False
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
FORMAT_MODULE_PATH = "config.formats"

# Mail. A letter holds a link that lets somebody in: without a mail server it is shown on the console in development, and nowhere else.
EMAIL_URL = env.text("EMAIL_URL", {"development": "consolemail://", "test": "memorymail://"}.get(ENVIRONMENT, "dummymail://"))
MAILERS = mailers(EMAIL_URL)
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "Vanguard <no-reply@vanguardai.com>")
MAIL_DELAY_SECONDS = 0 if ENVIRONMENT == "test" else 1
# Where the links of letters lead: said here, because a request's Host may be anybody's word.
PUBLIC_URL = env.text("PUBLIC_URL", "https://app.vanguardai.com").rstrip("/")
WORKBENCH_URL = env.text(
    "WORKBENCH_URL", "https://api.vanguardai.com" if DEPLOYED else f"http://127.0.0.1:{env.number('PORT', 8000)}"
).rstrip("/")

# Payments. Without a provider nobody can tell us of one; its secret is what tells its word from anybody else's.
PAYMENT_PROVIDER = env.choice("PAYMENT_PROVIDER", ("none", "local"), "none" if DEPLOYED else "local")
PAYMENT_WEBHOOK_SECRET = "" if PAYMENT_PROVIDER == "none" else env.secret("PAYMENT_WEBHOOK_SECRET", ENVIRONMENT)

# Webhooks go to public addresses over https; a developer's receiver listens on loopback.
LOOPBACK_WEBHOOKS = not DEPLOYED

# Watching it
LOGGING = logging_config(LOG_LEVEL, ENVIRONMENT)
SENTRY_DSN = env.text("SENTRY_DSN")
OTLP_ENDPOINT = env.text("OTLP_ENDPOINT")
METRICS_TOKEN = env.optional_secret("METRICS_TOKEN", ENVIRONMENT)
# Of a hundred requests, so many are traced.
TRACES_PERCENT = env.number("TRACES_PERCENT", 10)
if TRACES_PERCENT > 100:
    raise ImproperlyConfigured(f"TRACES_PERCENT must be a number from 0 to 100, not {TRACES_PERCENT}.")
AUDITLOG_DISABLE_REMOTE_ADDR = False
AUDITLOG_CID_GETTER = "vanguard.context.current_correlation_id"
AUDITLOG_MASK_CALLABLE = "vanguard.audit.hide"
