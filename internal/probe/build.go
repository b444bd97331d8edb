package probe

import (
	"bytes"
	"errors"
	"maps"
	"net/http"
	"net/url"

	"hdstest/internal/catalogue"
	"hdstest/internal/dicomfile"
)

// build makes the HTTP request. The token goes in only if the address is at the
// configured origin, whatever became of the variables in it.
func (r *runner) build(q catalogue.Request) (*http.Request, error) {
	r.mu.Lock()
	vars := maps.Clone(r.vars)
	r.mu.Unlock()
	return r.buildWith(q, vars)
}

func (r *runner) buildWith(q catalogue.Request, vars catalogue.Vars) (*http.Request, error) {
	address, err := r.address(q, vars)
	if err != nil {
		return nil, err
	}
	body, err := bodyOf(q.Body, vars)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest(q.Method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body == nil {
		req.Body, req.GetBody, req.ContentLength = http.NoBody, nil, 0
	}
	for _, h := range q.Headers {
		req.Header.Set(h.Name, h.Value)
	}
	if q.Body.ContentType != "" {
		req.Header.Set("Content-Type", q.Body.ContentType)
	}
	if q.Auth == catalogue.Bearer && !r.target.Anonymous {
		if !sameOrigin(req.URL, r.base) {
			return nil, errors.New("its address is not at the service's origin")
		}
		req.Header.Set("Authorization", "Bearer "+r.secrets()[0].Reveal())
	}
	return req, nil
}

func (r *runner) address(q catalogue.Request, vars catalogue.Vars) (string, error) {
	path, err := q.Address(vars)
	if err != nil {
		return "", err
	}
	base := r.base.String()
	if q.AtRoot {
		base = catalogue.RootOf(base)
	}
	return base + path, nil
}

// bodyOf makes the body: nil for none.
func bodyOf(b catalogue.Body, vars catalogue.Vars) ([]byte, error) {
	switch {
	case b.Template != "":
		text, err := catalogue.Expand(b.Template, vars)
		return []byte(text), err
	case b.Form != nil:
		form := url.Values{}
		for _, p := range b.Form {
			value, err := catalogue.Expand(p.Value, vars)
			if err != nil {
				return nil, err
			}
			form.Add(p.Name, value)
		}
		return []byte(form.Encode()), nil
	case b.Generator != "":
		return generate(b.Generator, vars)
	}
	return nil, nil
}

func generate(g catalogue.Generator, vars catalogue.Vars) ([]byte, error) {
	number := 1
	if g == catalogue.DICOMInstance {
		number = 2
	}
	file, err := dicomfile.Instance{StudyUID: vars[catalogue.VarStudyUID], SeriesUID: vars[catalogue.VarSeriesUID],
		InstanceUID: vars[g.InstanceVariable()], Number: number}.Bytes()
	if err != nil || g == catalogue.DICOMInstance {
		return file, err
	}
	return dicomfile.Multipart(catalogue.MultipartBoundary, file), nil
}
