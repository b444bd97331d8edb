//go:build e2e

package dicomfile_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestToolsFindNoFault hands the file to dcmtk and dicom3tools. A tool that is
// not there is a failure: nothing would have been shown.
func TestToolsFindNoFault(t *testing.T) {
	_, file := make1(t, 1)
	path := filepath.Join(t.TempDir(), "instance.dcm")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tool := range [][]string{{"dcmdump", "+E"}, {"dciodvfy", "-new"}} {
		out, err := exec.Command(tool[0], append(tool[1:], path)...).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", tool[0], err, out)
		}
		for _, line := range strings.Split(string(out), "\n") {
			if strings.HasPrefix(line, "Error") || strings.HasPrefix(line, "Warning") ||
				strings.HasPrefix(line, "E:") || strings.HasPrefix(line, "W:") {
				t.Errorf("%s: %s", tool[0], line)
			}
		}
		if len(out) == 0 {
			t.Errorf("%s said nothing", tool[0])
		}
	}
}

// TestToolsFindAFault shows that the tools would have complained.
func TestToolsFindAFault(t *testing.T) {
	_, file := make1(t, 1)
	broken := []byte(strings.Replace(string(file), "MONOCHROME2 ", "MONOCHROMEX ", 1))
	broken = []byte(strings.Replace(string(broken), "\x28\x00\x10\x00US", "\x28\x00\x12\x00US", 1))
	path := filepath.Join(t.TempDir(), "broken.dcm")
	if err := os.WriteFile(path, broken, 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.Command("dciodvfy", "-new", path).CombinedOutput()
	if !strings.Contains(string(out), "Error") {
		t.Errorf("no error found in a broken file:\n%s", out)
	}
}
