package register

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"hdstest/internal/evidence"
	"hdstest/internal/problem"
)

// maxPages bounds a list whose links never end.
const maxPages = 1000

// ReadARM reads one resource of Azure Resource Manager: a path from its root and
// a query with api-version. what follows "read", needs is the least privilege for
// it, both for the error.
//
// It is for what no client of the SDK is linked for; request, token, waits and
// errors are as with those.
func (c Clients) ReadARM(ctx context.Context, path string, query url.Values, what, needs string) (json.RawMessage, error) {
	var body json.RawMessage
	err := c.ask(ctx, call{"read " + what, needs}, func(ctx context.Context) error {
		return c.getARM(ctx, c.address(path, query), &body)
	})
	return body, err
}

// ListARM reads a list, all its pages. A nextLink to another host is an error: the
// token stays with the configured one. So is one that comes a second time.
func (c Clients) ListARM(ctx context.Context, path string, query url.Values, what, needs string) ([]json.RawMessage, error) {
	var all []json.RawMessage
	asked := call{"list " + what, needs}
	err := c.ask(ctx, asked, func(ctx context.Context) error {
		seen := map[string]bool{}
		for next := c.address(path, query); next != ""; {
			if seen[next] || len(seen) == maxPages {
				return &problem.Error{Tried: asked.tried, Seen: "its nextLink leads to a page that was read already, or there are too many",
					Evidence: &evidence.Bundle{}}
			}
			seen[next] = true
			var page struct {
				Value    []json.RawMessage `json:"value"`
				NextLink string            `json:"nextLink"`
			}
			if err := c.getARM(ctx, next, &page); err != nil {
				return err
			}
			all, next = append(all, page.Value...), page.NextLink
		}
		return nil
	})
	return all, err
}

func (c Clients) address(path string, query url.Values) string {
	return c.manager.Endpoint() + path + "?" + query.Encode()
}

func (c Clients) getARM(ctx context.Context, address string, into any) error {
	req, err := runtime.NewRequest(ctx, http.MethodGet, address)
	if err != nil {
		return fmt.Errorf("an answer pointed to what is no address: %w", err)
	}
	req.Raw().Header.Set("Accept", "application/json")
	resp, err := c.manager.Pipeline().Do(req)
	if err != nil {
		return err
	}
	if !runtime.HasStatusCode(resp, http.StatusOK) {
		return runtime.NewResponseError(resp)
	}
	return runtime.UnmarshalAsJSON(resp, into)
}
