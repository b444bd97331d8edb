package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hdstest/internal/config"
)

// answers lets a person answer the questions that begin as the keys do; what was
// asked is kept in order.
func (w *world) answers(answers map[string][]string) *[]string {
	var asked []string
	w.ReadLine = func(_ context.Context, question string) (string, error) {
		asked = append(asked, question)
		for begin, texts := range answers {
			if strings.HasPrefix(question, begin) && len(texts) > 0 {
				answers[begin] = texts[1:]
				return texts[0] + "\n", nil
			}
		}
		return "", errors.New("end of input")
	}
	return &asked
}

func (w *world) userFile(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(config.UserFile(w.ConfigDir))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestInitAsks: a person answers, is asked again where an answer is of no use, and the
// profile works.
func TestInitAsks(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	secretFile := filepath.Join(w.Home, "secret")
	idFile := filepath.Join(w.Home, "id")
	for path, text := range map[string]string{secretFile: info.ClientSecret, idFile: info.ClientID} {
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	asked := w.answers(map[string][]string{
		"Name of the profile": {"no good", "sandbox", "work"}, "Is this right?": {"y"}, "Address of a DICOM": {"https://acct.azurehealthcareapis.com", ""},
		"Client id": {"my-app", info.ClientID}, "How does": {"magic", "secret"}, "File that holds": {"/nowhere", idFile, secretFile}})
	if code := w.run(t, "init", "--fhir-url", info.FHIRURL, "--ca-file", info.CAFile); code != ExitOK {
		t.Fatalf("exit code %d: %s", code, w.stderr.String())
	}
	for _, want := range []string{"expected a name of letters", "the name sandbox means", "was retired on 2026-09-30", "expected a GUID", "expected secret, certificate",
		"the file does not exist", "the form of a secret's ID", "tenant    " + info.TenantID, "saved as profile \"work\""} {
		if !strings.Contains(w.stderr.String(), want) {
			t.Errorf("%q was not said:\n%s", want, w.stderr.String())
		}
	}
	if len(*asked) != 13 {
		t.Errorf("%d questions: %q", len(*asked), *asked)
	}
	noSecret(t, w, info)
	text := w.userFile(t)
	for _, want := range []string{"tenant_id: " + info.TenantID, "client_id: " + info.ClientID, "client_secret_file: " + secretFile, "authority: ", "url: " + info.FHIRURL} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	w.ReadLine = nil
	if code := w.run(t, "probe", "fhir", "--profile", "work", "--only", "fhir.patient.count"); code != ExitOK {
		t.Errorf("the profile does not work: %d: %s", code, w.stderr.String())
	}
	if code := w.run(t, "config", "check", "--profile", "work"); code != ExitOK {
		t.Errorf("the profile is not sound: %s", w.stdout.String())
	}
}

// TestInitTrustsNobody: what a service says is not believed unless it is confirmed.
func TestInitTrustsNobody(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	args := []string{"init", "--fhir-url", info.FHIRURL, "--ca-file", info.CAFile}
	w.answers(map[string][]string{"Name": {""}, "Is this right?": {"what?"}, "Address of a": {""}})
	for _, want := range []string{"not confirmed", "nobody is here to confirm it"} {
		if code := w.run(t, args...); code != ExitUsage || !strings.Contains(w.stderr.String(), want) || w.stdout.Len() > 0 {
			t.Errorf("exit code %d, stdout %q, stderr %q; want %q", code, w.stdout.String(), w.stderr.String(), want)
		}
		w.ReadLine = nil
	}
	if _, err := os.Stat(config.UserFile(w.ConfigDir)); err == nil {
		t.Error("a profile was written")
	}
}

// TestInitWithoutQuestions: flags and --yes say all; a profile that is there stays
// unless it is to be replaced, and comments stay then too.
func TestInitWithoutQuestions(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	args := []string{"init", "--fhir-url", info.FHIRURL, "--dicom-url", info.DICOMURL, "--ca-file", info.CAFile, "--yes", "--profile", "work"}
	if code := w.run(t, args...); code != ExitOK {
		t.Fatalf("exit code %d: %s", code, w.stderr.String())
	}
	path := config.UserFile(w.ConfigDir)
	commented := strings.Replace(w.userFile(t), "  work:", "  work: # the test tenant", 1)
	if err := os.WriteFile(path, []byte(commented), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := w.run(t, args...); code != ExitUsage || !strings.Contains(w.stderr.String(), "has a profile \"work\" already") || w.userFile(t) != commented {
		t.Errorf("it was overwritten: %d: %s", code, w.stderr.String())
	}
	if code := w.run(t, append(args, "--replace", "--client-id", info.ClientID)...); code != ExitOK {
		t.Fatalf("exit code %d: %s", code, w.stderr.String())
	}
	if text := w.userFile(t); !strings.Contains(text, "# the test tenant") || !strings.Contains(text, "client_id: "+info.ClientID) || strings.Count(text, "fhir:") != 1 {
		t.Errorf("after --replace:\n%s", text)
	}
}

// TestInitTellsWhatDiffers: a tenant that was given stays, and the difference is told.
func TestInitTellsWhatDiffers(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	const other = "99999999-0000-4000-8000-000000000000"
	if code := w.run(t, "init", "--fhir-url", info.FHIRURL, "--ca-file", info.CAFile, "--yes", "--tenant-id", other); code != ExitOK {
		t.Fatalf("exit code %d: %s", code, w.stderr.String())
	}
	if !strings.Contains(w.stderr.String(), "warning: tenant_id is "+other+" (--tenant-id), but "+info.TenantID+" said by") || !strings.Contains(w.userFile(t), other) {
		t.Errorf("%s\n%s", w.stderr.String(), w.userFile(t))
	}
}
