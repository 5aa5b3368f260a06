"""Static files under names that hold their hash, so that browsers may keep them for ever, scripts that import included.

Left out on purpose: building anything. What `static/` holds is what is served, compressed by whitenoise."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Rewrites `import ... from "./x.js"` too: else a new page could load an old module from a browser's cache."""

    support_js_module_import_aggregation = True
