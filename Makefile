# Two commands: run and test. The rest is for people who change the portal.
GO ?= go
export GOFLAGS ?= -buildvcs=auto

.PHONY: run test bench generate fresh css clean

run: ## the portal with its demo world at http://localhost:8080
	$(GO) run ./cmd/portal demo

test: ## everything that must pass, on real Postgres, with browser journeys where a Chromium can be had
	./.ci/chromium
	$(GO) vet ./...
	$(GO) test -timeout 30m ./...

bench: ## our figures beside a limit's in the same run
	$(GO) test -run '^$$' -bench . -benchtime 3s ./models/rule/... ./models/audit ./models/catalog
	cd internal/bench && $(GO) run .

generate: css ## pages and types from their sources
	$(GO) tool templ generate
	$(GO) generate ./handlers/agentapi

css:
	npm ci --no-fund --no-audit
	npm run css

fresh: generate ## fails when a committed generated file is not what its source gives
	git diff --exit-code --stat -- '*_templ.go' static/css/portal.css handlers/agentapi

clean:
	rm -rf .portal node_modules
