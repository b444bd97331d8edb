package cli

import (
	"errors"
	"fmt"
	"syscall"

	"hdstest/internal/evidence"
	"hdstest/internal/problem"
	"hdstest/internal/sandbox"
)

// startError says why a sandbox could not be started. A port in use is input:
// another one can be chosen.
func startError(err error) error {
	out := &problem.Error{Kind: problem.Usage, Tried: "start the sandbox", Err: err}
	if errors.Is(err, syscall.EADDRINUSE) {
		out.Evidence = &evidence.Bundle{Local: &evidence.Local{Problem: evidence.ProblemPortInUse, Detail: err.Error()}}
		out.Expected = "five free ports: choose others with --port-base, or --port 0 for any"
	}
	return out
}

// usageOf tells a person how to use a running sandbox, whose description stands
// in the file, too. by stands in front of commands that have to find it.
func usageOf(i sandbox.Info, file, by string) []string {
	out := []string{
		"The sandbox runs until it is interrupted (Ctrl-C). Nothing in it is Microsoft's or worth keeping.", "",
		"  authority      " + i.Authority,
		"  Graph          " + i.GraphURL,
		"  ARM            " + i.ARMURL,
		"  FHIR           " + i.FHIRURL,
		"  DICOM          " + i.DICOMURL,
		"  CA file        " + i.CAFile,
		"  client id      " + i.ClientID,
		"  client secret  " + i.ClientSecret,
		"  certificate    " + i.CertificateFile,
		"  public client  " + i.PublicClientID,
		"  user           " + i.Username,
		"  password       " + i.Password,
		"  administrator  " + i.AdminUsername,
		"  password       " + i.AdminPassword, "",
		"In another terminal:",
		"  " + by + "hdstest token --profile sandbox",
		"  " + by + "hdstest probe all --profile sandbox --write",
		fmt.Sprintf("  curl --cacert %s %s/metadata", i.CAFile, i.FHIRURL),
	}
	if file != "" {
		out = append(out, "", "The same as JSON: "+file)
	}
	return out
}
