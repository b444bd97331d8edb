package cli

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"hdstest/internal/config"
	"hdstest/internal/discover"
	"hdstest/internal/entra"
	"hdstest/internal/problem"
	"hdstest/internal/report"
	"hdstest/internal/suggest"
)

// discoverProfile makes a profile of one service of each kind, prints it, and
// saves it if that was asked for.
func (p *program) discoverProfile(ctx context.Context, s *session, o *discoverOptions, found discover.Found) error {
	if err := o.nothing(o.fitting(found)); err != nil {
		return err
	}
	services, err := p.chooseServices(ctx, o, found)
	if err != nil {
		return err
	}
	values, err := profileValues(s, services)
	if err != nil {
		return err
	}
	for _, service := range services {
		for _, note := range service.Notes {
			p.warn(service.Workspace + "/" + service.Name + ": " + note)
		}
	}
	if o.save == "" {
		_, err := fmt.Fprint(p.Stdout, config.ProfileYAML("default", values))
		return err
	}
	path, _, err := s.SaveTo(p.ConfigDir)
	if err != nil {
		return err
	}
	if err := sameTenant(path, o.save, values[config.TenantID]); err != nil {
		return err
	}
	if err := config.Save(config.Saving{Path: path, Profile: o.save, Values: values, StateDir: p.StateDir}); err != nil {
		return fmt.Errorf("--save: %w", err)
	}
	p.say("saved in profile %q of %s", o.save, path)
	_, err = fmt.Fprint(p.Stdout, config.ProfileYAML(o.save, values))
	return err
}

// sameTenant refuses to put services of one tenant beside the app of another.
func sameTenant(path, profile, tenant string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil // there is none yet; saving tells what else is wrong
	}
	file, err := config.Parse(path, data)
	if err != nil {
		return err
	}
	have := file.Profiles[profile][config.TenantID].Text
	if config.IsGUID(have) && config.IsGUID(tenant) && !strings.EqualFold(have, tenant) {
		return problem.Usagef("--save: the profile %s is of the tenant %s, the services take tokens of %s; save into another profile", profile, have, tenant)
	}
	return nil
}

// chooseServices takes one of each kind, as far as there is any. A DICOM service
// is looked for beside the FHIR service first.
func (p *program) chooseServices(ctx context.Context, o *discoverOptions, found discover.Found) ([]discover.Service, error) {
	q := o.query()
	var out []discover.Service
	for _, kind := range []string{entra.FHIR, entra.DICOM} {
		matches := found.Match(kind, q)
		if len(matches) == 0 {
			continue
		}
		if len(out) > 0 && q.Names[kind] == "" {
			beside := slices.DeleteFunc(slices.Clone(matches), func(s discover.Service) bool {
				return !strings.EqualFold(s.Workspace, out[0].Workspace) || s.SubscriptionID != out[0].SubscriptionID
			})
			if len(beside) > 0 {
				matches = beside
			}
		}
		one, err := p.chooseService(ctx, kind, matches)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

func (o *discoverOptions) noSuch(kind string, found discover.Found) error {
	var names []string
	for _, s := range found.Match(kind, discover.Query{Workspace: o.workspace}) {
		names = append(names, s.Name)
	}
	name := o.query().Names[kind]
	return problem.Usagef("--%s: there is no %s service %s among those found: %s%s", kind, strings.ToUpper(kind), show(name),
		cmp.Or(strings.Join(names, ", "), "none"), suggest.DidYouMean(name, "", names))
}

// chooseService asks which of several is meant where a person is at a terminal.
func (p *program) chooseService(ctx context.Context, kind string, matches []discover.Service) (discover.Service, error) {
	if len(matches) == 1 {
		return matches[0], nil
	}
	var names []string
	for _, m := range matches {
		names = append(names, m.Workspace+"/"+m.Name)
	}
	if p.ReadLine == nil { // there is no terminal
		return discover.Service{}, problem.Usagef("there are %d %s services: %s; name one with --%s, and --workspace where names repeat",
			len(matches), strings.ToUpper(kind), strings.Join(names, ", "), kind)
	}
	for i, name := range names {
		fmt.Fprintf(p.Stderr, "  %d  %s  %s\n", i+1, report.Escape(name), report.Escape(matches[i].URL))
	}
	line, err := p.ReadLine(ctx, fmt.Sprintf("Which %s service? 1 to %d: ", strings.ToUpper(kind), len(matches)))
	line = strings.TrimSpace(line)
	if err != nil && line == "" {
		return discover.Service{}, fmt.Errorf("read from the terminal: %w", err)
	}
	n, err := strconv.Atoi(line)
	if err != nil || n < 1 || n > len(matches) {
		return discover.Service{}, problem.Usagef("expected a number from 1 to %d, not %s; nothing was chosen", len(matches), show(line))
	}
	return matches[n-1], nil
}

// profileValues are the keys of a profile for services. Where the authority is of
// no known cloud, the addresses of Graph and Azure Resource Manager go along.
func profileValues(s *session, services []discover.Service) (map[string]string, error) {
	values := map[string]string{}
	for _, service := range services {
		if have := values[config.TenantID]; have != "" && !strings.EqualFold(have, service.TenantID) {
			return nil, problem.Usagef("the services take tokens of different tenants, %s and %s: name them with --fhir and --dicom, for a profile each",
				have, service.TenantID)
		}
		values[config.TenantID] = service.TenantID
		setCloud(s, values, service.Authority)
		url, audience, id := config.FHIRURL, config.FHIRAudience, config.FHIRResourceID
		usual := service.URL
		if service.Kind == entra.DICOM {
			url, audience, id, usual = config.DICOMURL, config.DICOMAudience, config.DICOMResourceID, entra.DICOMResource
		}
		values[url], values[id] = service.URL, service.ID
		if len(service.Audiences) > 0 && !slices.Contains(service.Audiences, usual) {
			values[audience] = service.Audiences[0]
		}
	}
	for key, text := range values {
		if text == "" {
			delete(values, key)
		}
	}
	return values, nil
}

func setCloud(s *session, values map[string]string, authority string) {
	u, err := url.Parse(authority)
	if err != nil || u.Host == "" {
		return
	}
	if cloud, ok := entra.CloudByHost(u.Hostname()); ok && u.Port() == "" {
		if cloud.Name != entra.CloudPublic {
			values[config.Cloud] = cloud.Name
		}
		return
	}
	values[config.Authority] = u.Scheme + "://" + u.Host
	values[config.GraphURL], values[config.ARMURL], values[config.CAFile] = s.GraphURL, s.ARMURL, s.CAFile
}
