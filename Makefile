# Targets of daily work. "make" alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
GO_FILES := $(shell find . -name '*.go' -not -path './web/node_modules/*' -o -name '*.sql' -not -path './web/node_modules/*' -o -path './regions/mappings/*.yaml')
WEB_FILES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -not -name '*.go' -print)
LINTER_VERSION := v2.15.0
TOOLS := $(CURDIR)/.tools
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

# $(call install,PACKAGE…) installs Debian packages that are missing. Debian's own database cluster is not made.
define install
	@missing=(); for p in $(1); do dpkg -s $$p >/dev/null 2>&1 || missing+=($$p); done; \
	if [ $${#missing[@]} -gt 0 ]; then \
		echo "Installing $${missing[*]} …"; \
		if [ ! -e /etc/postgresql-common/createcluster.conf ]; then \
			$(SUDO) mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' | $(SUDO) tee /etc/postgresql-common/createcluster.conf >/dev/null; fi; \
		$(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $${missing[@]} >/dev/null; \
	fi
endef

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

.PHONY: run
run: install build ## Install what is missing, build, and serve at http://127.0.0.1:8080
	@exec ./basin serve --mqtt "$${BASIN_MQTT_URL:-auto}"

.PHONY: install
install: ## Install what building and running need: gcc, zlib, PostgreSQL with PostGIS, GDAL
	$(call install,gcc libc6-dev zlib1g-dev pkg-config postgresql-15 postgresql-15-postgis-3 gdal-bin ca-certificates)

.PHONY: install-test
install-test: install ## Install what the tests need besides: Chromium, Chinese fonts, Mosquitto, MariaDB, xmllint
	$(call install,chromium fonts-noto-cjk mosquitto mosquitto-clients mariadb-server-core libxml2-utils)
	@$(SUDO) service mosquitto stop >/dev/null 2>&1 || true

.PHONY: build
build: basin ## Build the browser client and the program ./basin

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	@cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_FILES)
	@cd web && npm run --silent build -- --logLevel warn
	@touch web/dist/.keep $@

basin: $(GO_FILES) go.mod web/dist/index.html
	go build -ldflags "-X main.version=$(VERSION)" -o basin .

.PHONY: test
test: install-test build lint test-web test-go test-e2e ## Run every test and linter, as CI does

.PHONY: test-go
test-go: web/node_modules/.package-lock.json ## Run the tests of the Go code
	go test -count=1 ./...

.PHONY: test-web
test-web: web/node_modules/.package-lock.json ## Run the tests and linters of the browser client
	@cd web && npm run --silent lint && npm test --silent

.PHONY: test-e2e
test-e2e: basin ## Drive a browser through the running program
	@bash web/e2e/serve.sh

.PHONY: lint
lint: $(TOOLS)/golangci-lint ## Run the linters of the Go code
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); [ -z "$$unformatted" ] || { echo "not gofmt'ed: $$unformatted"; exit 1; }
	$(TOOLS)/golangci-lint run ./...

$(TOOLS)/golangci-lint:
	@echo "Building golangci-lint $(LINTER_VERSION) (a few minutes, once) …"
	@GOBIN=$(TOOLS) GOFLAGS= go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINTER_VERSION)

.PHONY: fuzz
fuzz: ## Fuzz every decoder for a minute each
	@for p in $$(grep -rl --include='*_test.go' 'func Fuzz' . | xargs -n1 dirname | sort -u); do \
		for f in $$(grep -rhoE 'func (Fuzz[A-Za-z0-9]+)' $$p/*_test.go | awk '{print $$2}'); do echo "$$p $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime 60s $$p || exit 1; done; done

.PHONY: bench
bench: ## Measure what the speed claims rest on, as ratios within one run; then the server's memory under BASIN_LOAD_MINUTES (10) of full load
	go test -run "^$$" -bench . -benchtime 8x .
	go test -run "^$$" -bench . -benchtime 2s ./twin ./tiles
	go test -run "^$$" -bench . -benchtime 2x ./hydro/...
	BASIN_LOAD_MINUTES=$${BASIN_LOAD_MINUTES:-10} go test -count=1 -timeout 60m -run '^TestFaultFullLoad$$' -v .

.PHONY: reached
reached: ## Write down what the tests of the solver reach
	go test -count=1 ./hydro/hydraulics -reached REACHED.md

.PHONY: fault
fault: ## Make trouble of every kind, the server and its database killed BASIN_KILLS times (20) among it, and count what is lost
	BASIN_KILLS=$${BASIN_KILLS:-20} go test -count=1 -timeout 5h -run '^Test(Crashes|Fault.*)$$' -v .

.PHONY: screenshot
screenshot: basin ## Make the picture in the README
	@BASIN_SHOT=$(CURDIR)/web/screenshot.png bash web/e2e/serve.sh

.PHONY: clean
clean: ## Remove what was built; data stay
	rm -rf basin .tools web/node_modules
	find web/dist -mindepth 1 -not -name .keep -delete
