package sandbox

import "errors"

// ports are the five listeners: login, Graph, ARM, FHIR, DICOM.
type ports [5]*listener

// openPorts listens on five ports in a row, or on five of the system's choice.
func openPorts(base int) (ports, error) {
	if base == 0 {
		base = DefaultPortBase
	}
	var p ports
	for i := range p {
		port := 0
		if base != AnyPort {
			port = base + i
		}
		l, err := listen(port)
		if err != nil {
			return p, errors.Join(err, p.close())
		}
		p[i] = l
	}
	return p, nil
}

// close closes listeners that no server has taken over yet.
func (p ports) close() error {
	var errs []error
	for _, l := range p {
		if l != nil {
			errs = append(errs, l.close())
		}
	}
	return errors.Join(errs...)
}

func (p ports) urls() urls {
	return urls{login: p[0].url(), graph: p[1].url(), arm: p[2].url(), fhir: p[3].url(), dicom: p[4].url()}
}
