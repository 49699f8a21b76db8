# Thin over `python3 -m ltme_clinic.bootstrap JOB`, which does the same without make.
#   make demo                  virtual patients, from C3D files to the dashboard
#   make demo DATA=folder      the same with your own C3D files
#   make demo-check            the same, but open one page, stop, and print the times
#   make test                  every test; make test ARGS="-k clip" for some
PYTHON ?= python3
BOOTSTRAP = $(PYTHON) -m ltme_clinic.bootstrap
DEMO_OPTIONS = $(if $(DATA),--data "$(DATA)") $(if $(OUT),--out "$(OUT)") $(if $(PORT),--port "$(PORT)")

.PHONY: demo demo-check test lint format environment clean

demo:
	@$(BOOTSTRAP) demo $(DEMO_OPTIONS)

demo-check:
	@$(BOOTSTRAP) demo-check $(DEMO_OPTIONS)

test:
	@$(BOOTSTRAP) test $(ARGS)

lint format environment:
	@$(BOOTSTRAP) $@

# What tools left behind; never a store, for it may hold somebody's recordings.
clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find ltme_clinic dashboards studies tests -name __pycache__ -type d -prune -exec rm -rf {} +
