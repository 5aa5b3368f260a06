# Everything that these commands need goes into .venv; everything that the site writes goes into data.
# `make run PORT=8001`, `make test ARGS=tests/ink`, `make run PYTHON=/opt/python3.12/bin/python3`

# A snippet for the shell: find a Python that can make the environment, or say what to install. The system's own goes
# first: distributions build theirs for speed, version managers seldom do (docs/decisions/0036-the-systems-python.md).
define find_python
for python in "$(PYTHON)" /usr/bin/python3 python3.11 python3.12 python3.13 python3 python; do \
  "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
  python=; test -z "$(PYTHON)" || break; \
done; \
if test -z "$$python"; then \
  echo 'digits needs Python 3.11 or newer with its venv module, and found none$(if $(PYTHON), at PYTHON=$(PYTHON)).' >&2; \
  echo 'Install it (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python@3.11)' >&2; \
  echo 'or name one that is elsewhere: make $@ PYTHON=/path/to/python3' >&2; \
  exit 1; \
fi
endef

.PHONY: help run test slow faults lint messages clean

help:
	@echo 'make run     set everything up and serve the site on http://127.0.0.1:8000 (PORT=8001 for another port)'
	@echo 'make test    set up what the tests need and run them (ARGS=tests/ink for a part)'
	@echo 'make slow    run what takes long: every page in a browser, all of it on PostgreSQL (half an hour at most)'
	@echo 'make faults  kill, stop and fill what the site stands on, and see that nothing is lost (up to 30 minutes)'
	@echo 'make lint    check how the code is written'
	@echo 'make messages  collect the texts that are to be translated, and compile the translations (needs GNU gettext)'
	@echo 'make clean   remove the environment and what tools left behind; data/ stays'

run:
	@$(find_python); "$$python" -I digits_site/bootstrap.py requirements.txt
	@exec .venv/bin/python manage.py up

test:
	@$(find_python); "$$python" -I digits_site/bootstrap.py requirements-dev.txt
	@exec .venv/bin/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

slow:
	@$(find_python); "$$python" -I digits_site/bootstrap.py requirements-dev.txt
	@exec .venv/bin/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m 'slow and not faults' $(ARGS)

faults:
	@$(find_python); "$$python" -I digits_site/bootstrap.py requirements-dev.txt
	@exec .venv/bin/python -m pytest -m faults -o addopts='-ra --strict-markers' -s $(or $(ARGS),tests)

lint:
	@$(find_python); "$$python" -I digits_site/bootstrap.py requirements-dev.txt
	@.venv/bin/python -m ruff check . && .venv/bin/python -m ruff format --check .

messages:
	@$(find_python); "$$python" -I digits_site/bootstrap.py requirements.txt
	@.venv/bin/python manage.py messages

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
