// Package export holds what all exports of the catalogue share: what goes in,
// which values the variables have, the DICOM files that lie beside an export,
// and how files are written. Each format has a package of its own below this
// one, with a Render function from [Input] to [File].
//
// An export is deterministic: the same input gives the same bytes, so that it
// can lie in a repository and be compared. It holds no secret, but for the
// client secret in an environment file where that was asked for. Nothing here
// makes a request.
package export

import (
	"io/fs"
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/entra"
	"hdstest/internal/secret"
)

// Input is what to export.
type Input struct {
	Name     string              // of the collection, in words
	Requests []catalogue.Request // in the order in which they run; nil: the whole catalogue
	Services []string            // catalogue.FHIR, catalogue.DICOM; nil: both
	Vars     catalogue.Vars      // the values that are known; the others stay empty
	// ClientSecret goes to the environment file, and only if IncludeSecrets is set.
	ClientSecret   secret.Value
	IncludeSecrets bool
	// RedirectPlatform is the platform of the redirect URI in the registration:
	// web, public or spa.
	RedirectPlatform string
}

// SignInSendsSecret tells whether a sign-in redeems its code with the client secret:
// with a redirect under Web it must (AADSTS7000218 otherwise), with any other it
// must not (AADSTS700025).
func (in Input) SignInSendsSecret() bool { return in.RedirectPlatform == "web" }

// File is one file of an export.
type File struct {
	Name string // with slashes, from the folder of the export
	Data []byte
	Mode fs.FileMode
	// Merge adds the lines of Data that an existing file lacks, in place of
	// replacing it: for .gitignore, which belongs to the person.
	Merge bool
}

// Modes of files: those with a secret are for their owner's eyes.
const (
	ModeOpen   fs.FileMode = 0o644
	ModeSecret fs.FileMode = 0o600
)

// Folder is a group with its requests.
type Folder struct {
	Group    catalogue.Group
	Requests []catalogue.Request
}

// Wants tells whether a service is to be exported: it was asked for, and a request
// is to it.
func (in Input) Wants(service string) bool {
	return (len(in.Services) == 0 || slices.Contains(in.Services, service)) &&
		(in.Requests == nil || slices.ContainsFunc(in.Requests, func(r catalogue.Request) bool { return r.Service == service }))
}

// Folders groups the requests: the token requests first, then each group that
// has requests of a service that is wanted.
func (in Input) Folders() []Folder {
	requests := in.Requests
	if requests == nil {
		requests = catalogue.Requests()
	}
	var all []catalogue.Request
	for _, service := range []string{catalogue.FHIR, catalogue.DICOM} {
		if in.Wants(service) {
			all = append(all, catalogue.TokenRequest(service))
		}
	}
	all = append(all, slices.DeleteFunc(slices.Clone(requests), func(r catalogue.Request) bool { return !in.Wants(r.Service) })...)
	var folders []Folder
	for _, group := range catalogue.Groups() {
		folder := Folder{Group: group}
		for _, r := range all {
			if r.Group == group.ID {
				folder.Requests = append(folder.Requests, r)
			}
		}
		if folder.Requests != nil {
			folders = append(folders, folder)
		}
	}
	return folders
}

// Values gives the values of the variables that people fill in and of the UIDs
// of the DICOM files. A scope that is not known, or is the one that the rule gives,
// refers to the service's URL: whoever changes that changes both.
func (in Input) Values() catalogue.Vars {
	vars := catalogue.Vars{}
	for name, value := range in.Vars {
		vars[name] = strings.TrimRight(value, "/")
	}
	fill := func(name, value string) {
		if vars[name] == "" {
			vars[name] = value
		}
	}
	public, _ := entra.CloudByName(entra.CloudPublic)
	fill(catalogue.VarAuthority, public.Authority)
	if vars[catalogue.VarFHIRScope] == vars[catalogue.VarFHIRURL]+entra.DefaultScope {
		vars[catalogue.VarFHIRScope] = ""
	}
	fill(catalogue.VarFHIRScope, "{{"+catalogue.VarFHIRURL+"}}"+entra.DefaultScope)
	fill(catalogue.VarDICOMScope, entra.DICOMResource+entra.DefaultScope)
	fill(catalogue.VarDICOMRoot, catalogue.RootOf(vars[catalogue.VarDICOMURL]))
	for _, name := range []string{catalogue.VarStudyUID, catalogue.VarSeriesUID, catalogue.VarInstanceUID,
		catalogue.VarSecondUID, catalogue.VarAbsentUID, catalogue.VarWorkitem, catalogue.VarCanceledItem, catalogue.VarTransaction} {
		fill(name, in.uid(name))
	}
	fill(catalogue.VarAbsentID, StableID("absent", in.Name).String())
	for _, v := range catalogue.Variables() {
		if v.Secret {
			vars[v.Name] = ""
		}
	}
	return vars
}

// Variables lists the variables that this export uses, in the order of the
// catalogue: without those of a service that is not wanted, and without those of
// requests that are not in it.
func (in Input) Variables() []catalogue.Variable {
	used := map[string]bool{}
	for _, folder := range in.Folders() {
		for _, r := range folder.Requests {
			for _, name := range r.Variables() {
				used[name] = true
			}
		}
	}
	return slices.DeleteFunc(catalogue.Variables(), func(v catalogue.Variable) bool {
		switch v.Name {
		case catalogue.VarDICOMURL, catalogue.VarDICOMRoot, catalogue.VarDICOMScope, catalogue.VarDICOMToken:
			return !in.Wants(catalogue.DICOM)
		case catalogue.VarFHIRURL, catalogue.VarFHIRScope, catalogue.VarBearerToken:
			return !in.Wants(catalogue.FHIR)
		case catalogue.VarTenantID, catalogue.VarClientID, catalogue.VarClientSecret, catalogue.VarAssertion, catalogue.VarAuthority:
			return false
		}
		return !used[v.Name]
	})
}

// Slug is the name in a form that suits a file: lower case, hyphens.
func (in Input) Slug() string {
	slug := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, in.Name)
	for strings.Contains(slug, "--") {
		slug = strings.ReplaceAll(slug, "--", "-")
	}
	if slug = strings.Trim(slug, "-"); slug == "" {
		return "hdstest"
	}
	return slug
}
