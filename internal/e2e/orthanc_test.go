//go:build e2e

package e2e_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hdstest/internal/catalogue"
	"hdstest/internal/dicomfile"
)

// startOrthanc runs Debian's Orthanc with its DICOMweb plug-in on loopback and
// gives the address of its DICOMweb root.
func startOrthanc(t *testing.T) (root, version string) {
	t.Helper()
	port := freePort(t)
	dir := t.TempDir()
	settings := map[string]any{
		"Name": "hdstest", "HttpPort": port, "DicomServerEnabled": false, "RemoteAccessAllowed": false,
		"AuthenticationEnabled": false, "StorageDirectory": dir, "IndexDirectory": dir,
		"Plugins":  []string{"/usr/share/orthanc/plugins/libOrthancDicomWeb.so"},
		"DicomWeb": map[string]any{"Enable": true, "Root": "/dicom-web/", "Ssl": false, "Host": fmt.Sprintf("localhost:%d", port)},
	}
	data, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "orthanc.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "Orthanc", file)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatalf("Orthanc did not start (see .ci/install): %v", err)
	}
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
	base := fmt.Sprintf("http://localhost:%d", port)
	var system struct{ Version string }
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if response, err := http.Get(base + "/system"); err == nil {
			err = json.NewDecoder(response.Body).Decode(&system)
			_ = response.Body.Close()
			if err == nil {
				return base + "/dicom-web", system.Version
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("Orthanc does not answer\n%s", &output)
		}
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	address, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		t.Fatal("no TCP address")
	}
	return address.Port
}

// TestOrthancStoresOurInstance sends the instance that probes and exports use to
// a DICOMweb server that others wrote, and finds it there.
func TestOrthancStoresOurInstance(t *testing.T) {
	root, version := startOrthanc(t)
	instance, err := dicomfile.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	file, err := instance.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	body := dicomfile.Multipart(catalogue.MultipartBoundary, file)
	request, err := http.NewRequest(http.MethodPost, root+"/studies", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", `multipart/related; type="application/dicom"; boundary=`+catalogue.MultipartBoundary)
	request.Header.Set("Accept", "application/dicom+json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer := read(t, response)
	var stored map[string]struct{ Value []any } // by tag: 00081199 what was stored, 00081198 what was not
	if err := json.Unmarshal([]byte(answer), &stored); err != nil {
		t.Fatalf("STOW-RS: %v\n%s", err, answer)
	}
	if response.StatusCode != http.StatusOK || len(stored["00081199"].Value) != 1 || len(stored["00081198"].Value) != 0 {
		t.Fatalf("STOW-RS: %s\n%s", response.Status, answer)
	}
	path := fmt.Sprintf("%s/studies/%s/series/%s/instances/%s/metadata", root, instance.StudyUID, instance.SeriesUID, instance.InstanceUID)
	found := get(t, http.DefaultClient, path, "Accept", "application/dicom+json")
	if metadata := read(t, found); found.StatusCode != http.StatusOK || !strings.Contains(metadata, instance.InstanceUID) {
		t.Errorf("WADO-RS metadata: %s\n%s", found.Status, metadata)
	}
	record(t, used{client: "Orthanc (DICOMweb)", version: version, requests: 2, assertions: 3})
}

func read(t *testing.T, response *http.Response) string {
	t.Helper()
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestOrthancBehindTheGate puts Orthanc behind the sandbox: anybody's server,
// with the tokens and roles of Azure Health Data Services before it. A client
// that others wrote stores and finds an image there; without a token or a role
// nothing reaches Orthanc.
func TestOrthancBehindTheGate(t *testing.T) {
	root, version := startOrthanc(t)
	s := startSandbox(t, "--dicom-upstream", root)
	j := newJudge(t, s, s.drive(t, nil, python(t), "dicomweb_gate.py"))
	j.plain("search without a token", 401, "")
	j.plain("store without a token", 401, "")
	j.plain("search without a role", 403, "Authorization failed.")
	j.at("search, empty", map[string]any{"length": 0.0})
	j.equal("store", j.answer("store"), any(true))
	j.at("search", map[string]any{"length": 1.0, "0/00100020/Value/0": "e2e-1"})
	j.at("metadata", map[string]any{"00280010/Value/0": 16.0})
	j.equal("the same pixels", j.answer("instance"), any(true))
	j.all()
	response := get(t, http.DefaultClient, strings.TrimSuffix(root, "/dicom-web")+"/instances")
	var held []string
	if err := json.Unmarshal([]byte(read(t, response)), &held); err != nil {
		t.Fatal(err)
	}
	j.equal("instances that Orthanc holds", len(held), 1)
	record(t, used{"Orthanc (behind the sandbox)", version, s.requests(t, "python-requests"), j.n})
}
