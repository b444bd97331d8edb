package graph

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

// maxBody bounds a request body once decompressed.
const maxBody = 1 << 20

// readBody reads a JSON object, sent as it is, in chunks or gzipped. It is nil
// when there is no body.
// Source: the usual middleware of Graph's SDKs compresses bodies and falls back
// when it is answered 415 (microsoft/kiota-http-go).
func readBody(r *http.Request) (map[string]any, error) {
	if r.Body == nil || r.Method == http.MethodGet || r.Method == http.MethodDelete {
		return nil, nil
	}
	data, err := readAll(r)
	if err != nil || len(bytes.TrimSpace(data)) == 0 {
		return nil, err
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return nil, syntaxError("Entity only allows writes with a JSON Content-Type header.")
	}
	return parseBody(data)
}

func readAll(r *http.Request) ([]byte, error) {
	var body io.Reader = http.MaxBytesReader(nil, r.Body, maxBody)
	switch encoding := strings.ToLower(r.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip":
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			return nil, unreadable()
		}
		body = unzipped
	default:
		return nil, &failure{status: http.StatusUnsupportedMediaType, code: codeSyntax,
			message: "The content encoding '" + encoding + "' is not supported."}
	}
	data, err := io.ReadAll(io.LimitReader(body, maxBody+1))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) || len(data) > maxBody {
		return nil, &failure{status: http.StatusRequestEntityTooLarge, code: codeSyntax, message: "The request is too large."}
	}
	if err != nil {
		return nil, unreadable()
	}
	return data, nil
}

// parseBody reads exactly one JSON object.
func parseBody(data []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	var body map[string]any
	if err := decoder.Decode(&body); err != nil || body == nil {
		return nil, unreadable()
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, unreadable()
	}
	return body, nil
}

func unreadable() *failure {
	return syntaxError("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
}
