# Every target runs on a fresh machine with Go and make; the fuller suites
# install what they need first (see .ci/run).
GO      ?= go
BIN     := bin/hdstest
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)

.PHONY: build smoke test test-full test-e2e lint generate bench cases collections clean

build: $(BIN)

# Go itself knows what is up to date.
.PHONY: $(BIN)
$(BIN):
	@CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/hdstest

smoke: build ## set up everything and run the main job on the embedded sandbox
	@$(BIN) smoke --sandbox

test: ## the short suite: no network but loopback, nothing to install
	$(GO) test -short ./...

test-full: ## the same with what takes longer: large stores, every mutation of the evidence
	$(GO) test ./...

test-e2e: build ## clients and servers that others wrote; see .ci/install
	$(GO) test -tags e2e -count=1 -timeout 30m ./internal/e2e/... ./internal/dicomfile/... ./internal/export/... ./internal/sandbox/dicom/...
	@cat bin/e2e-clients.txt

bench: ## the sandbox: start, memory, tokens against bare signing, searches in small and large stores; then whole runs of the program, as a table
	$(GO) test -run '^$$' -bench 'Process' -benchtime 20x ./cmd/hdstest
	$(GO) test -run '^$$' -bench 'Start|Tokens|Search' -benchtime 2s ./internal/sandbox
	$(GO) run ./internal/bench

lint:
	.ci/lint

generate:
	$(GO) generate ./...

cases: ## reported failures: how often the right cause comes first, by category
	@$(GO) test -count=1 -run "Test(Reported|Further)Failures" -v ./internal/diagnose

collections: build ## the ready-made collections, with placeholders; a test compares them
	@rm -rf collections/*/
	@$(BIN) export postman --placeholders --out collections/postman
	@$(BIN) export http --dialect httpyac --placeholders --out collections/http/httpyac
	@$(BIN) export http --dialect jetbrains --placeholders --out collections/http/jetbrains
	@$(BIN) export http --dialect rest-client --placeholders --out collections/http/rest-client
	@$(BIN) export http --dialect visualstudio --placeholders --out collections/http/visualstudio
	@$(BIN) export curl --dialect sh --placeholders --out collections/curl/sh
	@$(BIN) export curl --dialect powershell --placeholders --out collections/curl/powershell
	@$(BIN) export bruno --dialect bru --placeholders --out collections/bruno/bru
	@$(BIN) export bruno --dialect opencollection --placeholders --out collections/bruno/opencollection
	@$(BIN) export k6 --placeholders --out collections/k6

clean:
	rm -rf bin
