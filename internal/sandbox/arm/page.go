package arm

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// defaultPage is how many entries a list gives at most in one answer.
// Source: learn.microsoft.com/rest/api/resources/resources/list, $top, for the
// resources; that the other lists break at the same number is unverified.
const defaultPage = 1000

// list is the shape of every collection: value, and nextLink where there is more.
// The link is the request's own address with $skiptoken, which is opaque.
// Source: github.com/Azure/azure-resource-manager-rpc common-api-details.md,
// pagination.
func (c *call) list(items []any) (answer, error) {
	page, next, err := c.page(items)
	if err != nil {
		return answer{}, err
	}
	body := map[string]any{"value": page}
	if next != "" {
		body["nextLink"] = next
	}
	return ok(body)
}

func (c *call) page(items []any) (page []any, next string, err error) {
	size, err := c.pageSize()
	if err != nil {
		return nil, "", err
	}
	from, err := c.skipped()
	if err != nil {
		return nil, "", err
	}
	from = min(from, len(items))
	to := min(from+size, len(items))
	if to < len(items) {
		next = c.nextLink(to)
	}
	return append([]any{}, items[from:to]...), next, nil
}

func (c *call) pageSize() (int, error) {
	size := c.PageSize
	if size <= 0 {
		size = defaultPage
	}
	top := c.options.Get("$top")
	if top == "" || !c.target.is("", "resources") {
		return size, nil
	}
	n, err := strconv.Atoi(top)
	if err != nil || n < 1 || n > defaultPage {
		return 0, refuse(http.StatusBadRequest, "InvalidTopQueryParameter", "The query parameter '$top' has an invalid value '%s'.", top) // text unverified
	}
	return min(n, size), nil
}

const skipMark = "sandbox:"

func (c *call) skipped() (int, error) {
	token := c.options.Get("$skiptoken")
	if token == "" {
		return 0, nil
	}
	data, err := base64.RawURLEncoding.DecodeString(token)
	text, marked := strings.CutPrefix(string(data), skipMark)
	n, notNumber := strconv.Atoi(text)
	if err != nil || !marked || notNumber != nil || n < 0 {
		return 0, refuse(http.StatusBadRequest, "InvalidSkipToken", "The query parameter '$skiptoken' has an invalid value.") // unverified
	}
	return n, nil
}

func (c *call) nextLink(from int) string {
	query := url.Values{}
	for name, values := range c.request.URL.Query() {
		if !strings.EqualFold(name, "$skiptoken") {
			query[name] = values
		}
	}
	query.Set("$skiptoken", base64.RawURLEncoding.EncodeToString([]byte(skipMark+strconv.Itoa(from))))
	return c.URL + c.request.URL.EscapedPath() + "?" + query.Encode()
}
