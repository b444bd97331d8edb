package graph

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// query is what a request's OData options ask for.
type query struct {
	values   url.Values
	filter   *expression
	selected []string
	top      int // 0: not given
	count    bool
	order    string
	down     bool
	after    string // id behind which the page begins
	eventual bool   // ConsistencyLevel: eventual
}

// Page sizes. Source: learn.microsoft.com/graph/paging.
const (
	defaultPage = 100
	maxPage     = 999
)

// parseQuery reads the options that Graph's directory objects have. Options
// without a dollar sign are not OData's and are left alone.
func parseQuery(r *http.Request) (query, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return query{}, syntaxError("Bad Request: Error in query syntax.")
	}
	q := query{values: values, eventual: strings.EqualFold(r.Header.Get("ConsistencyLevel"), "eventual")}
	for name, given := range values {
		if !strings.HasPrefix(name, "$") {
			continue
		}
		if len(given) > 1 {
			return query{}, syntaxError("Query option '%s' was specified more than once, but it must be specified at most once.", name)
		}
		if err := q.option(strings.ToLower(name), given[0]); err != nil {
			return query{}, err
		}
	}
	if (q.count || q.order != "" && q.filter != nil) && !q.eventual {
		return query{}, unsupported("Request with $count, or with $filter and $orderby, needs the header ConsistencyLevel: eventual.")
	}
	return q, nil
}

func (q *query) option(name, value string) (err error) {
	switch name {
	case "$filter":
		q.filter, err = parseFilter(value)
	case "$select":
		for part := range strings.SplitSeq(value, ",") {
			if part = strings.TrimSpace(part); part != "" && !slices.Contains(q.selected, part) {
				q.selected = append(q.selected, part)
			}
		}
	case "$top":
		if q.top, err = strconv.Atoi(value); err != nil || q.top < 1 || q.top > maxPage {
			return unsupported("Invalid page size specified: '%s'. Must be between 1 and %d inclusive.", value, maxPage)
		}
	case "$count":
		if q.count, err = strconv.ParseBool(value); err != nil {
			return syntaxError("Invalid value '%s' for $count query option found.", value)
		}
	case "$orderby":
		err = q.orderBy(value)
	case "$skiptoken":
		data, bad := base64.RawURLEncoding.DecodeString(value)
		if q.after = string(data); bad != nil || q.after == "" {
			return badRequest("The specified page token value is invalid.")
		}
	case "$format":
	case "$skip":
		return badRequest("'$skip' is not supported by the service.")
	case "$expand", "$search", "$apply", "$compute":
		return absent("the query option " + name)
	default:
		return syntaxError("The query parameter '%s' is not supported.", name)
	}
	return err
}

func (q *query) orderBy(value string) error {
	name, direction, _ := strings.Cut(strings.TrimSpace(value), " ")
	direction = strings.TrimSpace(direction)
	if name != "displayName" || direction != "" && direction != "asc" && direction != "desc" {
		return unsupported("Sorting not supported for current query.")
	}
	q.order, q.down = name, direction == "desc"
	return nil
}

// project keeps the selected properties. Without $select it keeps all, but what
// must be asked for by name.
func (q query) project(k *kind, doc map[string]any) (map[string]any, error) {
	if len(q.selected) == 0 {
		return hideKeys(doc), nil
	}
	out := map[string]any{}
	for _, name := range q.selected {
		value, ok := doc[name]
		if !ok {
			return nil, syntaxError("Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.",
				name, k.typ)
		}
		out[name] = value
	}
	return out, nil
}
