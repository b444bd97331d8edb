package evidence

// Words says how a connection failed, for a person: the most telling of its
// texts, who issued a certificate that was refused, and the proxy on the way.
func (n Network) Words() string {
	words := n.TLSError
	if words == "" {
		words = n.Error
	}
	if words == "" {
		words = n.Kind
	}
	if words == "" {
		words = "no answer"
	}
	if n.Issuer != "" {
		words += " (its certificate was issued by " + n.Issuer + ")"
	}
	if n.Proxy != "" && n.Stage != "proxy" {
		words += " (through the proxy " + n.Proxy + ")"
	}
	return words
}
