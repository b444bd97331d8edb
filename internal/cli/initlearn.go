package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"hdstest/internal/config"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
	"hdstest/internal/report"
)

// saying is what a service says of itself.
type saying struct {
	service pipeline.Service
	said    evidence.ServiceConfig
	err     error
}

// learn asks the services of the draft what they expect and takes it over, once it is
// confirmed.
func (d *draft) learn(ctx context.Context, s *session, yes bool) error {
	heard := d.hear(ctx, s)
	var open []string // keys that only the services name
	for _, h := range heard {
		if h.err != nil {
			if d.values[config.TenantID] == "" {
				return errors.Join(h.err, errors.New("nothing was written: the service tells neither tenant nor audience; without its word, give --tenant-id"))
			}
			d.p.tell(h.err)
			d.p.say("going on with what was given")
			continue
		}
		d.p.showSaying(h)
		taken, err := d.take(h)
		if err != nil {
			return err
		}
		open = append(open, taken...)
	}
	if len(open) == 0 || yes {
		return nil
	}
	return d.confirm(ctx, open)
}

// hear asks all services at the same time.
func (d *draft) hear(ctx context.Context, s *session) []saying {
	var heard []saying
	for _, kind := range []string{entra.FHIR, entra.DICOM} {
		if address := d.values[kind+".url"]; address != "" {
			heard = append(heard, saying{service: pipeline.Service{Kind: kind, URL: strings.TrimRight(address, "/")}})
		}
	}
	var wait sync.WaitGroup
	for i := range heard {
		wait.Go(func() { heard[i].said, heard[i].err = pipeline.Learn(ctx, s.env, heard[i].service) })
	}
	wait.Wait()
	return heard
}

// showSaying shows the person what is to be believed.
func (p *program) showSaying(h saying) {
	p.say("%s says of itself, asked without a token:", h.service.URL)
	for _, line := range [][2]string{{"tenant", h.said.TenantID}, {"audience", h.said.Audience}, {"sign-in", h.said.Authority}} {
		if line[1] != "" {
			fmt.Fprintf(p.Stderr, "  %-8s  %s\n", line[0], report.Escape(line[1]))
		}
	}
}

// take puts into the draft what a service says and no flag does; what differs from a
// flag is told, and the flag stays. The keys that were put are given back.
func (d *draft) take(h saying) (taken []string, err error) {
	from := "said by " + h.service.URL
	meant := d.meaning(h)
	for _, k := range config.Keys() {
		key, text := k.Name, meant[k.Name]
		given, there := d.values[key]
		switch {
		case text == "" || there && strings.EqualFold(given, text):
		case k.Check(text) != nil:
			return nil, &problem.Error{Kind: problem.Failed, Tried: "take over " + key + " from " + h.service.URL, Seen: report.Escape(text), Expected: k.Check(text).Error()}
		case there && strings.HasPrefix(d.from[key], "said by "):
			return nil, problem.Usagef("init: the services do not belong together: %s is %s, %s, and %s, %s; make a profile for each", key, given, d.from[key], text, from)
		case there:
			d.p.warn(fmt.Sprintf("%s is %s (%s), but %s %s", key, given, d.from[key], text, from))
		default:
			d.set(key, text, from)
			taken = append(taken, key)
		}
	}
	return taken, nil
}

// meaning turns what a service says into keys; what is the default is left out.
func (d *draft) meaning(h saying) map[string]string {
	out := map[string]string{config.TenantID: h.said.TenantID}
	standard := h.service.URL
	if h.service.Kind == entra.DICOM {
		standard = entra.DICOMResource
		h.said.Audience = strings.TrimSuffix(h.said.Audience, "/") // either form is taken there
	}
	if h.said.Audience != standard {
		out[h.service.Kind+".audience"] = h.said.Audience
	}
	u, err := url.Parse(h.said.Authority)
	if err != nil || u.Host == "" {
		return out
	}
	cloud, known := entra.CloudByHost(u.Hostname())
	switch {
	case !known || u.Port() != "" && u.Port() != "443":
		out[config.Authority] = "https://" + strings.ToLower(u.Host)
	case cloud.Name != entra.CloudPublic && d.values[config.Authority] == "":
		out[config.Cloud] = cloud.Name
	}
	return out
}

// confirm asks whether what a service says is to be believed. Nobody there to be
// asked is a no.
func (d *draft) confirm(ctx context.Context, keys []string) error {
	if !d.ask {
		return problem.Usagef("init: %s came from the service and nobody is here to confirm it: add --yes if it is right", strings.Join(keys, ", "))
	}
	answer := ""
	if err := d.question(ctx, "Is this right? Tokens will be asked for there. [y/N] ", &answer, nil); err != nil {
		return err
	}
	if a := strings.ToLower(answer); a != "y" && a != "yes" {
		return problem.Usagef("init: not confirmed, nothing was written")
	}
	return nil
}
