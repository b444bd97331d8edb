package entra_test

import (
	"strconv"
	"strings"
	"testing"

	"hdstest/internal/entra"
)

// factCodes are the codes of the collected facts, by their tables.
const factCodes = `
7000215 7000222 7000218 700025 70002 700027 700024 700030 50012 50013 500133 50027 50048 5000224
70021 700211 700212 700213 7002138 7002137 700229
700016 700011 70001 7000112 90002 900023 50059 50128 50194 9001023 9002332 900439 90038 900382 50049 50196
9002313 90014 900144 900561 90013 90023 90100 90102 901002 70003 90024 90033 90055 90090 50033
500011 50001 1002012 70011 700022 700023 28002 28003 650053 65001 65002 65004 65005 650052 650054 650056 650057
501051 50105 90008 90009 90094 90095
50011 500113 900971 700054 70005 70007 9002325 9002326 9002327 54005 70000 70008 700005 501481 50147 501491
700082 700084 50173 70016 70018 70019 70020 90119 90120 50134 50199
50020 50034 51004 90072 50053 50055 50056 50057 50126 50058 50072 50079 50074 50076 50078 50097 50129 53000 53001
50131 53003 530032 530035 53002 53004 53011 50140 70043`

func TestErrorCodes(t *testing.T) {
	seen := map[int]bool{}
	for _, e := range entra.ErrorCodes() {
		if seen[e.Code] {
			t.Errorf("%d stands twice", e.Code)
		}
		seen[e.Code] = true
		if e.Meaning == "" || e.Advice == "" || e.Source == "" {
			t.Errorf("%d lacks meaning, advice or source: %+v", e.Code, e)
		}
		if strings.Contains(e.Meaning+e.Advice, "AADSTS") {
			t.Errorf("%d: the prefix belongs to whoever prints the code", e.Code)
		}
		if e.Status != 0 && e.Status != 400 && e.Status != 401 {
			t.Errorf("%d: status %d, want 400 or 401", e.Code, e.Status)
		}
		if (e.Status == 401) != (e.Status != 0 && e.Error == entra.ErrInvalidClient) {
			t.Errorf("%d: status %d with %s; 401 goes with invalid_client alone", e.Code, e.Status, e.Error)
		}
	}
	for _, code := range strings.Fields(factCodes) {
		if !seen[number(t, code)] {
			t.Errorf("%s is missing", code)
		}
	}
}

func TestLookupError(t *testing.T) {
	if e, ok := entra.LookupError(7000215); !ok || e.Error != entra.ErrInvalidClient || e.Status != 401 || !e.Verified {
		t.Errorf("LookupError(7000215) = %+v, %v", e, ok)
	}
	if e, ok := entra.LookupError(50012); !ok || e.Verified {
		t.Errorf("LookupError(50012) = %+v, %v; its OAuth error is inferred", e, ok)
	}
	if _, ok := entra.LookupError(1); ok {
		t.Error("LookupError(1) found something")
	}
	if got, want := entra.ErrorPage(50058), "https://login.microsoftonline.com/error?code=50058"; got != want {
		t.Errorf("ErrorPage() = %s, want %s", got, want)
	}
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
