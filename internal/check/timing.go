package check

// Timing is how long one exchange of a run took, in milliseconds, and when in
// the run it began. Parts that did not happen are zero: a connection that was
// open already took neither name nor handshake.
type Timing struct {
	ID       string  `json:"id"`    // of the finding that it belongs to
	Group    string  `json:"group"` //
	Title    string  `json:"title"`
	Start    float64 `json:"start_ms"`    // since the run began
	DNS      float64 `json:"dns_ms"`      // name looked up
	Connect  float64 `json:"connect_ms"`  // TCP
	TLS      float64 `json:"tls_ms"`      // handshake
	Wait     float64 `json:"wait_ms"`     // request sent to first byte
	Transfer float64 `json:"transfer_ms"` // first byte to last
	Total    float64 `json:"total_ms"`    // all of it, waits between repeats included
}

// Phase is a part of a timing, with where it stands in the exchange.
type Phase struct {
	Name           string
	Offset, Length float64 // milliseconds, Offset from the start of the run
}

// Names of phases. What is none of the others is PhaseOther: the request being
// sent, a wait that the server asked for, the exchanges behind a token.
const (
	PhaseDNS      = "name"
	PhaseConnect  = "connect"
	PhaseTLS      = "TLS"
	PhaseOther    = "other"
	PhaseWait     = "wait"
	PhaseTransfer = "transfer"
)

// PhaseNames lists them in the order in which they happen.
func PhaseNames() []string {
	return []string{PhaseDNS, PhaseConnect, PhaseTLS, PhaseOther, PhaseWait, PhaseTransfer}
}

// Phases cuts the exchange into its parts, in order, without gaps. Parts that
// took no time are left out.
func (t Timing) Phases() []Phase {
	named := t.DNS + t.Connect + t.TLS + t.Wait + t.Transfer
	at := t.Start
	var out []Phase
	for i, length := range []float64{t.DNS, t.Connect, t.TLS, max(t.Total-named, 0), t.Wait, t.Transfer} {
		if length > 0 {
			out = append(out, Phase{PhaseNames()[i], at, length})
			at += length
		}
	}
	return out
}
