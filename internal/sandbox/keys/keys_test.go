package keys_test

import (
	"testing"
	"time"

	"hdstest/internal/sandbox/keys"
)

func generate(t *testing.T) *keys.Key {
	t.Helper()
	k, err := keys.Generate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestPEMRoundTrip(t *testing.T) {
	k := generate(t)
	data, err := k.MarshalPEM()
	if err != nil {
		t.Fatal(err)
	}
	back, err := keys.ParsePEM(data)
	if err != nil || back.ID != k.ID || !back.Private.Equal(k.Private) {
		t.Errorf("ParsePEM() = %v, %v", back, err)
	}
	other, err := generate(t).MarshalPEM()
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"empty": nil, "half": data[:200],
		"key and certificate of two pairs": append(data[:len(data)/2:len(data)/2], other[len(other)/2:]...),
	} {
		if _, err := keys.ParsePEM(bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestRotation(t *testing.T) {
	first, second := generate(t), generate(t)
	ring := keys.NewRing(first)
	ring.Rotate(second)
	if ring.Current().ID != second.ID || len(ring.Set("")) != 2 {
		t.Errorf("after Rotate: signs with %s, publishes %d keys", ring.Current().ID, len(ring.Set("")))
	}
	if _, ok := ring.Public(first.ID); !ok {
		t.Error("after Rotate: the old key is not published any more")
	}
	ring.Drop()
	if _, ok := ring.Public(first.ID); ok {
		t.Error("after Drop: the old key is still published")
	}
	if set := ring.Set("https://issuer/{tenantid}"); len(set) != 1 || set[0].Issuer == "" || set[0].Exponent != "AQAB" {
		t.Errorf("Set() = %+v", set)
	}
}

// TestReplace: keys that have signed go at once, others with the first signature.
func TestReplace(t *testing.T) {
	first, second := generate(t), generate(t)
	for name, before := range map[string]int{"before the first signature": 0, "after a signature": 1} {
		ring := keys.NewRing(first)
		sign := func() {
			if _, err := ring.Sign(map[string]any{"a": 1}, 2); err != nil {
				t.Fatal(err)
			}
		}
		for range before {
			sign()
		}
		ring.Replace(second)
		if want := []*keys.Key{first, second}[before]; ring.Current() != want {
			t.Errorf("%s: signs with the wrong key", name)
		}
		sign()
		sign()
		if _, ok := ring.Public(first.ID); ok || ring.Current() != second {
			t.Errorf("%s: the old key is still there", name)
		}
	}
}
