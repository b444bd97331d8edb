package graph

import (
	"cmp"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// list answers with a page of a collection: filtered, ordered, counted, cut,
// projected. Without $orderby the order is that of the ids, so that pages are
// stable; Graph promises none.
func (c *call) list(k *kind, documents []map[string]any) (answer, error) {
	chosen, err := c.choose(k, documents)
	if err != nil {
		return answer{}, err
	}
	body := map[string]any{"@odata.context": c.context(k.collection, false)}
	if c.query.count {
		body["@odata.count"] = len(chosen)
	}
	size := cmp.Or(c.query.top, defaultPage)
	page := c.from(chosen)
	if len(page) > size {
		page = page[:size]
		body["@odata.nextLink"] = c.nextLink(page[size-1])
	}
	value := make([]any, 0, len(page))
	for _, doc := range page {
		projected, err := c.query.project(k, hideKeys(doc))
		if err != nil {
			return answer{}, err
		}
		value = append(value, projected)
	}
	if len(page) == 0 { // an unknown name is refused even then
		if _, err := c.query.project(k, k.blank()); err != nil {
			return answer{}, err
		}
	}
	body["value"] = value
	return answer{status: http.StatusOK, body: body}, nil
}

// count answers /$count with a bare number.
func (c *call) count(k *kind, documents []map[string]any) (answer, error) {
	if !c.query.eventual {
		return answer{}, unsupported("Request with $count needs the header ConsistencyLevel: eventual.")
	}
	c.query.count = true
	chosen, err := c.choose(k, documents)
	return answer{status: http.StatusOK, body: strconv.Itoa(len(chosen))}, err
}

func (c *call) choose(k *kind, documents []map[string]any) ([]map[string]any, error) {
	if c.query.filter != nil {
		if err := c.query.filter.check(k, lambda{}, c.query.eventual && c.query.count); err != nil {
			return nil, err
		}
		documents = slices.DeleteFunc(documents, func(d map[string]any) bool { return !c.query.filter.holds(d, "") })
	}
	slices.SortFunc(documents, func(a, b map[string]any) int {
		if c.query.order == "" {
			return strings.Compare(text(a, "id"), text(b, "id"))
		}
		order := strings.Compare(strings.ToLower(text(a, c.query.order)), strings.ToLower(text(b, c.query.order)))
		if c.query.down {
			order = -order
		}
		return cmp.Or(order, strings.Compare(text(a, "id"), text(b, "id")))
	})
	return documents, nil
}

// from drops what earlier pages held. An object that has gone since leaves the
// place where it stood only in the order of ids; otherwise the list is at its end.
func (c *call) from(documents []map[string]any) []map[string]any {
	if c.query.after == "" {
		return documents
	}
	i := slices.IndexFunc(documents, func(d map[string]any) bool {
		if c.query.order == "" {
			return text(d, "id") > c.query.after
		}
		return text(d, "id") == c.query.after
	})
	switch {
	case i < 0:
		return nil
	case c.query.order != "":
		return documents[i+1:]
	}
	return documents[i:]
}

func (c *call) nextLink(last map[string]any) string {
	values := maps.Clone(c.query.values)
	for name := range values {
		if strings.EqualFold(name, "$skiptoken") {
			delete(values, name)
		}
	}
	values.Set("$skiptoken", base64.RawURLEncoding.EncodeToString([]byte(text(last, "id"))))
	return c.URL + c.request.URL.EscapedPath() + "?" + values.Encode()
}

func text(doc map[string]any, name string) string {
	s, _ := doc[name].(string)
	return s
}
