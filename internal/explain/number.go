package explain

import (
	"fmt"
	"net/http"
	"strconv"

	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/lazyregexp"
)

var numberForm = lazyregexp.New(`(?i)^(?:HTTP(?:/[\d.]+)?\s*)?(?:error|status|code)?\s*:?\s*(\d{3,8})(?:\s+[A-Za-z][A-Za-z -]{2,40})?$`)

// bareNumber reads a text that is one number: a DICOM failure reason, an HTTP
// status, or an AADSTS code without its letters.
func bareNumber(u *Understanding, in input) {
	m := numberForm.FindStringSubmatch(in.text)
	if m == nil || len(u.What) > 0 {
		return
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return
	}
	_, listed := entra.LookupError(n)
	switch {
	case reasons()[n] != "":
		u.addReasons([]int{n})
	case listed || n >= 50000:
		u.addCodes([]int{n}, "")
	case n >= 100 && n <= 599 && http.StatusText(n) != "":
		u.Bundle.Response = &evidence.Response{Status: n}
		u.say(fmt.Sprintf("an HTTP answer: %d %s", n, http.StatusText(n)))
	}
}
