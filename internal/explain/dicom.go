package explain

import (
	"fmt"
	"slices"
	"strconv"

	"hdstest/internal/lazyregexp"
)

// reasons are the failure reasons that a DICOM service gives for an instance.
//
// Source: DICOM PS3.18 annex I.2.2 and PS3.4 annex B.2.3; 45070 and 45071 are
// those of Azure's service (dicom-services-conformance-statement-v2).
func reasons() map[int]string {
	return map[int]string{
		272:   "processing failure (0110)",
		290:   "SOP class not supported (0122)",
		42752: "out of resources (A700)",
		43264: "the data set does not match the SOP class, or was not valid (A900)",
		43265: "the instance is of another study (A901)",
		49152: "the data set cannot be understood (C000)",
		45070: "the instance is stored already",
		45071: "the instance is being stored at this moment",
	}
}

var (
	reasonTag   = lazyregexp.New(`(?i)\(?0008,?1197\)?["'\]]?[^0-9]{1,80}?(?:Value number="1">)?(0x[0-9a-f]{4}|\d{3,5})\b`)
	reasonWords = lazyregexp.New(`(?i)\bfailure ?(?:reason|code)\b[^0-9\r\n]{0,30}?(0x[0-9a-f]{4}|\d{3,5})\b`)
	reasonHex   = lazyregexp.New(`(?i)^(?:0x)?([0-9A-F]{4})H?$`)
)

// dicomFailure reads failure reasons (0008,1197): from the JSON or XML of a
// store answer, from a dump, from words, or as a hexadecimal number alone.
func dicomFailure(u *Understanding, in input) {
	var found []int
	for _, o := range in.objects {
		if element, ok := o["00081197"].(map[string]any); ok {
			list, _ := element["Value"].([]any)
			found = append(found, numbers(list)...)
		}
	}
	for _, form := range []*lazyregexp.Regexp{reasonTag, reasonWords} {
		for _, m := range form.FindAllStringSubmatch(in.text, 20) {
			if n, err := strconv.ParseInt(m[1], 0, 32); err == nil && len(in.objects) == 0 {
				found = append(found, int(n))
			}
		}
	}
	if m := reasonHex.FindStringSubmatch(in.text); m != nil {
		if n, err := strconv.ParseInt(m[1], 16, 32); err == nil && reasons()[int(n)] != "" {
			found = append(found, int(n))
		}
	}
	u.addReasons(found)
}

func (u *Understanding) addReasons(found []int) {
	if len(found) == 0 {
		return
	}
	slices.Sort(found)
	items := []any{}
	for _, n := range slices.Compact(found) {
		items = append(items, map[string]any{"00081197": map[string]any{"vr": "US", "Value": []any{float64(n)}}})
		what := reasons()[n]
		if what == "" {
			what = "not in the table here"
		}
		u.say(fmt.Sprintf("a DICOM failure reason (0008,1197): %d, %s", n, what))
	}
	u.answer().Body = map[string]any{"00081198": map[string]any{"vr": "SQ", "Value": items}}
	u.setService("dicom")
}
