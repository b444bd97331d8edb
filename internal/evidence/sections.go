package evidence

// Each section reads and writes itself leniently, so that one that is printed by
// itself keeps its Extra as well.

// MarshalJSON writes the known keys, then Extra.
func (s Bundle) MarshalJSON() ([]byte, error) { return writeObject(s) }

// UnmarshalJSON keeps in Extra what it does not know.
func (s *Bundle) UnmarshalJSON(data []byte) error { return readObject(data, s) }

// MarshalJSON writes the known keys, then Extra.
func (s TokenRequest) MarshalJSON() ([]byte, error) { return writeObject(s) }

// UnmarshalJSON keeps in Extra what it does not know.
func (s *TokenRequest) UnmarshalJSON(data []byte) error { return readObject(data, s) }

// MarshalJSON writes the known keys, then Extra.
func (s OAuthAnswer) MarshalJSON() ([]byte, error) { return writeObject(s) }

// UnmarshalJSON keeps in Extra what it does not know.
func (s *OAuthAnswer) UnmarshalJSON(data []byte) error { return readObject(data, s) }

// MarshalJSON writes the known keys, then Extra.
func (s AuthorizeRequest) MarshalJSON() ([]byte, error) { return writeObject(s) }

// UnmarshalJSON keeps in Extra what it does not know.
func (s *AuthorizeRequest) UnmarshalJSON(data []byte) error { return readObject(data, s) }

// MarshalJSON writes the known keys, then Extra.
func (s Token) MarshalJSON() ([]byte, error) { return writeObject(s) }

// UnmarshalJSON keeps in Extra what it does not know.
func (s *Token) UnmarshalJSON(data []byte) error { return readObject(data, s) }

// MarshalJSON writes the known keys, then Extra.
func (s ServiceConfig) MarshalJSON() ([]byte, error) { return writeObject(s) }

// UnmarshalJSON keeps in Extra what it does not know.
func (s *ServiceConfig) UnmarshalJSON(data []byte) error { return readObject(data, s) }

// MarshalJSON writes the known keys, then Extra.
func (s Request) MarshalJSON() ([]byte, error) { return writeObject(s) }

// UnmarshalJSON keeps in Extra what it does not know.
func (s *Request) UnmarshalJSON(data []byte) error { return readObject(data, s) }

// MarshalJSON writes the known keys, then Extra.
func (s Response) MarshalJSON() ([]byte, error) { return writeObject(s) }

// UnmarshalJSON keeps in Extra what it does not know.
func (s *Response) UnmarshalJSON(data []byte) error { return readObject(data, s) }

// MarshalJSON writes the known keys, then Extra.
func (s ControlPlane) MarshalJSON() ([]byte, error) { return writeObject(s) }

// UnmarshalJSON keeps in Extra what it does not know.
func (s *ControlPlane) UnmarshalJSON(data []byte) error { return readObject(data, s) }

// MarshalJSON writes the known keys, then Extra.
func (s Network) MarshalJSON() ([]byte, error) { return writeObject(s) }

// UnmarshalJSON keeps in Extra what it does not know.
func (s *Network) UnmarshalJSON(data []byte) error { return readObject(data, s) }

// MarshalJSON writes the known keys, then Extra.
func (s Clock) MarshalJSON() ([]byte, error) { return writeObject(s) }

// UnmarshalJSON keeps in Extra what it does not know.
func (s *Clock) UnmarshalJSON(data []byte) error { return readObject(data, s) }

// MarshalJSON writes the known keys, then Extra.
func (s Local) MarshalJSON() ([]byte, error) { return writeObject(s) }

// UnmarshalJSON keeps in Extra what it does not know.
func (s *Local) UnmarshalJSON(data []byte) error { return readObject(data, s) }

// MarshalJSON writes the known keys, then Extra.
func (s Config) MarshalJSON() ([]byte, error) { return writeObject(s) }

// UnmarshalJSON keeps in Extra what it does not know.
func (s *Config) UnmarshalJSON(data []byte) error { return readObject(data, s) }
