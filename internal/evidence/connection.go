package evidence

import "time"

// Connection is the way over which an answer came, or as much of it as was made
// before it failed.
type Connection struct {
	Host      string   `json:"host,omitempty"`
	Port      int      `json:"port,omitempty"`
	Addresses []string `json:"addresses,omitempty"` // that the name resolved to here: the proxy's name if one was used
	Remote    string   `json:"remote,omitempty"`    // address and port of the other end
	Proxy     string   `json:"proxy,omitempty"`     // host and port of the proxy used
	Reused    bool     `json:"reused,omitempty"`    // it was open already
	TLS       string   `json:"tls,omitempty"`       // version, as in TLS 1.3
	Protocol  string   `json:"protocol,omitempty"`  // of the answer, as in HTTP/2.0
	// Certificates are the server's, its own first, as it sent them. Only those of
	// a connection that was agreed on are here; Network has those refused.
	Certificates []Certificate `json:"certificates,omitempty"`
	// Root is the authority, of those trusted here, in which the chain ends.
	Root  string         `json:"root,omitempty"`
	Extra map[string]any `json:"-"`
}

// Certificate is what of an X.509 certificate matters to who reads it.
type Certificate struct {
	Subject   string         `json:"subject,omitempty"`
	Issuer    string         `json:"issuer,omitempty"`
	Names     []string       `json:"names,omitempty"` // subject alternative names: hosts and addresses
	NotBefore *time.Time     `json:"not_before,omitempty"`
	NotAfter  *time.Time     `json:"not_after,omitempty"`
	Extra     map[string]any `json:"-"`
}

// MarshalJSON writes the known keys, then Extra.
func (s Connection) MarshalJSON() ([]byte, error) { return writeObject(s) }

// UnmarshalJSON keeps in Extra what it does not know.
func (s *Connection) UnmarshalJSON(data []byte) error { return readObject(data, s) }

// MarshalJSON writes the known keys, then Extra.
func (s Certificate) MarshalJSON() ([]byte, error) { return writeObject(s) }

// UnmarshalJSON keeps in Extra what it does not know.
func (s *Certificate) UnmarshalJSON(data []byte) error { return readObject(data, s) }
