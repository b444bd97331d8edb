package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hdstest/internal/config"
)

func ids() map[string]string {
	return map[string]string{config.ClientID: clientB, config.AppObjectID: tenantB, config.PrincipalObjectID: tenantA}
}

func TestSaveKeepsEverythingElse(t *testing.T) {
	for name, row := range map[string]struct{ profile, before, after string }{
		"values change, comments stay": {"work",
			"# top\nprofiles:\n  # ours\n  work: # test\n    # the app\n    client_id: \"" + clientA + "\"  # old\n    fhir:\n      url: https://x\n",
			"# top\nprofiles:\n  # ours\n  work: # test\n    app_object_id: " + tenantB + "\n    service_principal_object_id: " + tenantA +
				"\n    # the app\n    client_id: " + clientB + "  # old\n    fhir:\n      url: https://x\n"},
		"an empty profile": {"work", "profiles:\n    work:\n",
			"profiles:\n    work:\n      client_id: " + clientB + "\n      app_object_id: " + tenantB + "\n      service_principal_object_id: " + tenantA + "\n"},
		"a value that is missing": {"work", "profiles:\n  work:\n    client_id:\n    app_object_id: " + tenantB + "\n    service_principal_object_id: " + tenantA + "\n",
			"profiles:\n  work:\n    client_id: " + clientB + "\n    app_object_id: " + tenantB + "\n    service_principal_object_id: " + tenantA + "\n"},
		"another profile, file without end of line": {"new", "profiles:\n  work:\n    cloud: usgov",
			"profiles:\n  new:\n    client_id: " + clientB + "\n    app_object_id: " + tenantB + "\n    service_principal_object_id: " + tenantA + "\n  work:\n    cloud: usgov"},
		"no profiles yet": {"work", "# nothing",
			"# nothing\nprofiles:\n  work:\n    client_id: " + clientB + "\n    app_object_id: " + tenantB + "\n    service_principal_object_id: " + tenantA + "\n"},
		"line ends of Windows": {"work", "profiles:\r\n  work:\r\n    cloud: usgov\r\n",
			"profiles:\r\n  work:\r\n    client_id: " + clientB + "\r\n    app_object_id: " + tenantB + "\r\n    service_principal_object_id: " + tenantA + "\r\n    cloud: usgov\r\n"},
	} {
		path := filepath.Join(t.TempDir(), "c.yaml")
		write(t, path, row.before)
		if err := config.Save(config.Saving{Path: path, Profile: row.profile, Values: ids(), StateDir: t.TempDir()}); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, _ := os.ReadFile(path); string(got) != row.after {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, row.after)
		}
	}
}

// TestSaveIntoSections: keys of a service go into its section, which may be there
// or not, above or below what is changed besides.
func TestSaveIntoSections(t *testing.T) {
	const resourceID = "/subscriptions/x/resourceGroups/g/providers/Microsoft.HealthcareApis/workspaces/w/fhirservices/f"
	path := filepath.Join(t.TempDir(), "c.yaml")
	write(t, path, "profiles:\n  work:\n    fhir: # ours\n        url: https://old\n        # how it is checked\n        audience: https://a\n    tenant_id: "+tenantA+"\n")
	values := map[string]string{config.TenantID: tenantB, config.ClientID: clientA, config.FHIRURL: "https://new",
		config.FHIRResourceID: resourceID, config.DICOMURL: "https://d/v2"}
	if err := config.Save(config.Saving{Path: path, Profile: "work", Values: values, StateDir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	got, _ := os.ReadFile(path)
	want := "profiles:\n  work:\n    client_id: " + clientA + "\n    dicom:\n      url: https://d/v2\n    fhir: # ours\n        resource_id: " + resourceID + "\n" +
		"        url: https://new\n        # how it is checked\n        audience: https://a\n    tenant_id: " + tenantB + "\n"
	if string(got) != want {
		t.Errorf("%s, want\n%s", got, want)
	}
}

func TestSaveMakesAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "c.yaml")
	values := map[string]string{config.FHIRURL: "https://x", config.FHIRAudience: "api://y#z", config.ClientID: clientA}
	if err := config.Save(config.Saving{Path: path, Profile: "default", Values: values, StateDir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	got, _ := os.ReadFile(path)
	want := "profiles:\n  default:\n    client_id: " + clientA + "\n    fhir:\n      url: https://x\n      audience: \"api://y#z\"\n"
	if string(got) != want {
		t.Errorf("%s, want\n%s", got, want)
	}
}

func TestSaveRefusesWhatItCannotDoSafely(t *testing.T) {
	for name, text := range map[string]string{
		"braces":        "profiles:\n  work: {cloud: usgov}\n",
		"a broken file": "profiles:\n  work:\n    nokey: x\n",
	} {
		path := filepath.Join(t.TempDir(), "c.yaml")
		write(t, path, text)
		if err := config.Save(config.Saving{Path: path, Profile: "work", Values: ids(), StateDir: t.TempDir()}); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("%s: the file was changed:\n%s", name, got)
		}
	}
}

func TestSaveKeepsTrust(t *testing.T) {
	w := world{here: "profiles:\n  a:\n    ca_file: ca.pem\n"}
	in := w.input(t)
	path := filepath.Join(in.Dir, config.FileName)
	if err := config.Trust(in.StateDir, path); err != nil {
		t.Fatal(err)
	}
	if err := config.Save(config.Saving{Path: path, Profile: "a", Values: ids(), StateDir: in.StateDir}); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Resolve(in); err != nil {
		t.Errorf("after saving: %v", err)
	}
}

// FuzzSave: whatever was readable before reads the same afterwards, with the
// new values in it; otherwise nothing is written.
func FuzzSave(f *testing.F) {
	f.Add(valid, "work")
	f.Add("profiles:\n - a\n", "x")
	f.Add("profiles: {a: {cloud: usgov}}", "a")
	f.Fuzz(func(t *testing.T, text, profile string) {
		path := filepath.Join(t.TempDir(), "c.yaml")
		write(t, path, text)
		err := config.Save(config.Saving{Path: path, Profile: profile, Values: ids(), StateDir: t.TempDir()})
		got, _ := os.ReadFile(path)
		if err != nil {
			if string(got) != text {
				t.Errorf("refused (%v), yet changed", err)
			}
			return
		}
		doc, err := config.Parse(path, got)
		if err != nil || doc.Profiles[profile][config.ClientID].Text != clientB {
			t.Errorf("saved, but: %v\n%s", err, strings.TrimSpace(string(got)))
		}
	})
}

// TestSaveNested: values of sections are changed where they stand and added where
// they are not, whatever the order of the sections is.
func TestSaveNested(t *testing.T) {
	for name, row := range map[string]struct{ before, after string }{
		"both sections are there, the second first": {
			"profiles:\n  work: # ours\n    dicom: # images\n      url: https://d # old\n    cloud: usgov\n    fhir:\n      # records\n      url: https://f\n",
			"profiles:\n  work: # ours\n    client_id: " + clientB + "\n    dicom: # images\n      audience: api://d\n      url: https://x # old\n    cloud: usgov\n    fhir:\n      audience: api://f\n      # records\n      url: https://y\n"},
		"none is there": {
			"profiles:\n  work:\n    cloud: usgov\n",
			"profiles:\n  work:\n    client_id: " + clientB + "\n    fhir:\n      url: https://y\n      audience: api://f\n    dicom:\n      url: https://x\n      audience: api://d\n    cloud: usgov\n"},
		"an empty one": {
			"profiles:\n  work:\n    fhir:\n    dicom:\n      url: https://d\n",
			"profiles:\n  work:\n    client_id: " + clientB + "\n    fhir:\n      url: https://y\n      audience: api://f\n    dicom:\n      audience: api://d\n      url: https://x\n"},
	} {
		path := filepath.Join(t.TempDir(), "c.yaml")
		write(t, path, row.before)
		values := map[string]string{config.ClientID: clientB, config.FHIRURL: "https://y", config.FHIRAudience: "api://f",
			config.DICOMURL: "https://x", config.DICOMAudience: "api://d"}
		if err := config.Save(config.Saving{Path: path, Profile: "work", Values: values, StateDir: t.TempDir()}); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, _ := os.ReadFile(path); string(got) != row.after {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, row.after)
		}
	}
}
