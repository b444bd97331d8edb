# Every target runs on a fresh machine with Go and make; the fuller suites
# install what they need first (see .ci/run).
GO      ?= go
BIN     := bin/hdstest
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)

.PHONY: build smoke test test-full test-e2e lint generate bench cases clean

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
	$(GO) test -tags e2e -count=1 -timeout 30m ./internal/e2e/... ./internal/dicomfile/... ./internal/sandbox/dicom/...
	@cat bin/e2e-clients.txt

lint:
	.ci/lint

generate:
	$(GO) generate ./...

clean:
	rm -rf bin
