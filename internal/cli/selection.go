package cli

import (
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
	"hdstest/internal/suggest"
)

// selectionFlags are --only and --skip. what is one of what is chosen among.
func selectionFlags(what string) []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringSliceFlag{Name: "only", Usage: "only this `NAME`, may be repeated: " + what},
		&urfave.StringSliceFlag{Name: "skip", Usage: "leave out this `NAME`, may be repeated"},
	}
}

// selection reads the flags. A name that fits nothing is refused: nothing must be
// green because nothing was looked at.
func selection(c call, names []string) (pipeline.Selection, error) {
	s := pipeline.Selection{Only: c.StringSlice("only"), Skip: c.StringSlice("skip")}
	for flag, patterns := range map[string][]string{"--only": s.Only, "--skip": s.Skip} {
		if word := (pipeline.Selection{Only: patterns}).Unknown(names); word != "" || slices.Contains(patterns, "") {
			return s, problem.Usagef("%s: no check is called %s%s", flag, show(word), near(word, names))
		}
	}
	return s, nil
}

// near suggests a name or the first parts of one, else shows what names look like.
func near(word string, names []string) string {
	words := slices.Clone(names)
	for _, name := range names {
		for i := range name {
			if name[i] == '.' || name[i] == '-' {
				words = append(words, name[:i])
			}
		}
	}
	slices.Sort(words)
	if meant := suggest.DidYouMean(strings.TrimPrefix(word, "probe."), "", slices.Compact(words)); meant != "" {
		return meant
	}
	return "; expected for example fhir, fhir.patient or dicom-read"
}
