// Package curl renders the catalogue as scripts that send with curl: one for
// POSIX shells, which needs curl, awk, sed and od and nothing else, and one for
// PowerShell, which could not be run where this was written.
//
// No secret is in an argument of curl, where other users of the machine could
// read it. The scripts write TAP and end with 1 if any check failed; without a
// token, what needs one is not sent and counts as failed.
//
// Sources: curl's manual; POSIX.1-2024 for the shell and awk. Run with dash, bash
// and busybox, and with mawk and gawk.
package curl

import "hdstest/internal/export"

// The values of a dialect.
const (
	POSIX      = "sh"
	PowerShell = "powershell"
)

// Dialects lists the values of Render's dialect.
func Dialects() []string { return []string{POSIX, PowerShell} }

// Render makes the script, its settings, the DICOM files if there is something
// to store, and, with secrets included, a .gitignore that names the settings.
func Render(in export.Input, dialect string) ([]export.File, error) {
	script := export.File{Name: in.Slug() + ".sh", Data: []byte(shellScript(in)), Mode: 0o755}
	settings := export.File{Name: shellName(in), Data: []byte(shellSettings(in)), Mode: in.EnvironmentMode()}
	if dialect == PowerShell {
		script = export.File{Name: in.Slug() + ".ps1", Data: []byte(powerShellScript(in)), Mode: export.ModeOpen}
		settings = export.File{Name: powerShellName(in), Data: in.SettingsJSON(), Mode: in.EnvironmentMode()}
	}
	files := []export.File{script, settings}
	bodies, err := in.Bodies()
	if err != nil {
		return nil, err
	}
	if files = append(files, bodies...); in.IncludeSecrets {
		files = append(files, export.Ignore(settings.Name))
	}
	return files, nil
}
