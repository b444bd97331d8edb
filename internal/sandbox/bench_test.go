package sandbox_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hdstest/internal/dicomfile"
	"hdstest/internal/entra"
	"hdstest/internal/sandbox"
)

// BenchmarkStart is a sandbox inside this process, with kept keys, until it
// listens.
func BenchmarkStart(b *testing.B) {
	start(b, sandbox.Options{}) // makes the keys
	for b.Loop() {
		s, err := sandbox.Start(b.Context(), sandbox.Options{StateDir: stateDir(b), PortBase: sandbox.AnyPort, Now: time.Now})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkTokens gets tokens by secret over TLS, client and server on the same
// cores, and compares with a loop that does nothing but sign. The two take turns,
// so that what else the machine does weighs on both.
func BenchmarkTokens(b *testing.B) {
	s, c := start(b, sandbox.Options{})
	c.Transport.(*http.Transport).MaxIdleConnsPerHost = runtime.GOMAXPROCS(0)
	key := s.Keys.Current().Private
	digest := sha256.Sum256([]byte("a token"))
	sign := func() error {
		_, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
		return err
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {s.Info.ClientID}, "client_secret": {s.Info.ClientSecret},
		"scope": {s.Info.FHIRURL + "/.default"}}.Encode()
	ask := func() error {
		response, err := c.Post(s.Info.Authority+"/oauth2/v2.0/token", "application/x-www-form-urlencoded", strings.NewReader(form))
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s, %w", response.Status, err)
		}
		return nil
	}
	const turn = 50
	repeat(b, turn, ask) // connections
	var signing, asking time.Duration
	rounds := 0
	for b.Loop() {
		signing += repeat(b, turn, sign)
		asking += repeat(b, turn, ask)
		rounds++
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(rounds*turn)/signing.Seconds(), "signatures/s")
	b.ReportMetric(float64(rounds*turn)/asking.Seconds(), "tokens/s")
	b.ReportMetric(signing.Seconds()/asking.Seconds(), "tokens/signature")
}

// repeat does something so many times on all cores and tells how long it took.
func repeat(b *testing.B, times int, do func() error) time.Duration {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(times))
	var wait sync.WaitGroup
	began := time.Now()
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for left.Add(-1) >= 0 {
				if err := do(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	return time.Since(began)
}

// BenchmarkFHIRSearch finds one patient among as many as the name says.
func BenchmarkFHIRSearch(b *testing.B) {
	for _, many := range []int{100, 10_000} {
		b.Run(fmt.Sprint(many), func(b *testing.B) {
			s, c := start(b, sandbox.Options{})
			_, bearer := token(b, c, s.Info, s.Info.ClientSecret)
			fillFHIR(b, c, s.Info.FHIRURL, bearer, many)
			heap(b)
			for b.Loop() {
				status, body := do(b, c, http.MethodGet, s.Info.FHIRURL+"/Patient?identifier=urn:n%7C42", "", "Authorization", "Bearer "+bearer)
				if status != 200 || strings.Count(body, `"fullUrl"`) != 1 {
					b.Fatalf("%d %s", status, body)
				}
			}
		})
	}
}

// fillFHIR stores patients in batches of 500, the most that a bundle may hold.
func fillFHIR(b *testing.B, c *http.Client, base, bearer string, many int) {
	b.Helper()
	for from := 0; from < many; from += 500 {
		var entries []string
		for n := from; n < min(from+500, many); n++ {
			entries = append(entries, fmt.Sprintf(`{"request":{"method":"POST","url":"Patient"},"resource":{"resourceType":"Patient",`+
				`"identifier":[{"system":"urn:n","value":"%d"}],"name":[{"family":"Family%d"}],"birthDate":"1970-01-01"}}`, n, n))
		}
		status, body := do(b, c, http.MethodPost, base, `{"resourceType":"Bundle","type":"batch","entry":[`+strings.Join(entries, ",")+`]}`,
			"Authorization", "Bearer "+bearer, "Content-Type", "application/fhir+json")
		if status != 200 || strings.Count(body, `"status":"201`) != len(entries) {
			b.Fatalf("batch: %d %.300s", status, body)
		}
	}
}

// BenchmarkDICOMSearch finds one study among as many instances as the name says.
func BenchmarkDICOMSearch(b *testing.B) {
	for _, many := range []int{100, 10_000} {
		b.Run(fmt.Sprint(many), func(b *testing.B) {
			s, c := start(b, sandbox.Options{})
			_, bearer := tokenFor(b, c, s.Info, s.Info.ClientSecret, entra.DICOMResource)
			study := fillDICOM(b, c, s.Info.DICOMURL, bearer, many)
			heap(b)
			for b.Loop() {
				status, body := do(b, c, http.MethodGet, s.Info.DICOMURL+"/v2/studies?StudyInstanceUID="+study, "",
					"Authorization", "Bearer "+bearer, "Accept", "application/dicom+json")
				if status != 200 || strings.Count(body, study) == 0 {
					b.Fatalf("%d %s", status, body)
				}
			}
		})
	}
}

// fillDICOM stores instances, a hundred to a request, and gives one's study.
func fillDICOM(b *testing.B, c *http.Client, base, bearer string, many int) (study string) {
	b.Helper()
	for from := 0; from < many; from += 100 {
		var body bytes.Buffer
		parts := multipart.NewWriter(&body)
		for range min(100, many-from) {
			one, err := dicomfile.New(rand.Reader)
			if err != nil {
				b.Fatal(err)
			}
			data, err := one.Bytes()
			if err != nil {
				b.Fatal(err)
			}
			part, err := parts.CreatePart(textproto.MIMEHeader{"Content-Type": {"application/dicom"}})
			if err != nil {
				b.Fatal(err)
			}
			_, _ = part.Write(data)
			study = one.StudyUID
		}
		_ = parts.Close()
		status, answer := do(b, c, http.MethodPost, base+"/v2/studies", body.String(), "Authorization", "Bearer "+bearer, "Accept", "application/dicom+json",
			"Content-Type", `multipart/related; type="application/dicom"; boundary=`+parts.Boundary())
		if status != 200 {
			b.Fatalf("store: %d %.300s", status, answer)
		}
	}
	return study
}

// heap reports what is in memory once a store is filled.
func heap(b *testing.B) {
	b.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.Cleanup(func() { b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MB-heap") })
}
