package register

import (
	"bytes"
	"context"
	"crypto/sha1" // the thumbprint that Entra shows and stores
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/models"

	"hdstest/internal/secret"
)

// newSecret is the one answer in which Graph tells a secret's value.
type newSecret struct {
	KeyID string
	Value secret.Value
	Ends  time.Time
}

// addPassword makes a secret. A zero start leaves the start to the server. The
// end is always sent: without it the life is two years, which policies refuse.
// Source: GD:api/application-addpassword.md.
func (s session) addPassword(ctx context.Context, appID, name string, start, end time.Time) (newSecret, error) {
	cred := models.NewPasswordCredential()
	cred.SetDisplayName(&name)
	cred.SetEndDateTime(&end)
	if !start.IsZero() {
		cred.SetStartDateTime(&start)
	}
	body := applications.NewItemAddPasswordPostRequestBody()
	body.SetPasswordCredential(cred)
	var made newSecret
	err := s.graphCall(ctx, call{"add a client secret", needApps}, func(ctx context.Context) error {
		answer, err := s.apps().ByApplicationId(appID).AddPassword().Post(ctx, body, nil)
		if err == nil && answer != nil {
			made = newSecret{guidText(answer.GetKeyId()), secret.New(text(answer.GetSecretText())), value(answer.GetEndDateTime())}
		}
		return err
	})
	if err == nil {
		err = made.check()
	}
	return made, err
}

// check keeps the secret's ID from being taken for its value: the portal shows
// both, and the ID is a GUID, which a value never is.
func (n newSecret) check() error {
	switch {
	case n.Value.IsZero() || n.KeyID == "":
		return errors.New("could not add a client secret: the answer has no secretText or no keyId")
	case guid.MatchString(n.Value.Reveal()):
		return fmt.Errorf("could not add a client secret: the answer's secretText is a GUID and so an ID, not a value (key id %s)", n.KeyID)
	}
	return nil
}

func (s session) removePassword(ctx context.Context, appID, keyID string) error {
	id, err := uuid.Parse(keyID)
	if err != nil {
		return fmt.Errorf("the key id %q of a secret is no GUID: %w", keyID, err)
	}
	body := applications.NewItemRemovePasswordPostRequestBody()
	body.SetKeyId(&id)
	return s.graphCall(ctx, call{"remove the client secret " + keyID, needApps}, func(ctx context.Context) error {
		return s.apps().ByApplicationId(appID).RemovePassword().Post(ctx, body, nil)
	})
}

// Kind and purpose of a certificate that signs client assertions.
// Source: GD:resources/keycredential.md.
const (
	keyType  = "AsymmetricX509Cert"
	keyUsage = "Verify"
)

// keyCredential makes the entry for a certificate. Its id is derived, so that
// the same certificate has the same id in every run. The end may not be later
// than the certificate's.
func keyCredential(cert *x509.Certificate) models.KeyCredentialable {
	id, name, kind, usage := keyID(cert), "CN="+cert.Subject.CommonName, keyType, keyUsage
	start, end := cert.NotBefore.UTC(), cert.NotAfter.UTC()
	k := models.NewKeyCredential()
	k.SetKeyId(&id)
	k.SetDisplayName(&name)
	k.SetTypeEscaped(&kind)
	k.SetUsage(&usage)
	k.SetKey(cert.Raw)
	k.SetStartDateTime(&start)
	k.SetEndDateTime(&end)
	return k
}

func keyID(cert *x509.Certificate) uuid.UUID { return derived("certificate", string(cert.Raw)) }

// derived makes a GUID from what it stands for, so that an interrupted run and
// the one that goes on agree (RFC 9562 section 5.5).
func derived(parts ...string) uuid.UUID {
	space := uuid.NewSHA1(uuid.NameSpaceURL, []byte("hdstest"))
	return uuid.NewSHA1(space, []byte(strings.Join(parts, "\x00")))
}

func thumbprint(cert *x509.Certificate) string {
	sum := sha1.Sum(cert.Raw)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// thumbprintOf is the SHA-1 thumbprint of an entry, as far as Graph shows it: the
// identifier is those bytes, or their digits as text.
func thumbprintOf(k models.KeyCredentialable) string {
	id := k.GetCustomKeyIdentifier()
	switch {
	case len(id) == sha1.Size:
		return strings.ToUpper(hex.EncodeToString(id))
	case len(k.GetKey()) > 0:
		sum := sha1.Sum(k.GetKey())
		return strings.ToUpper(hex.EncodeToString(sum[:]))
	}
	return strings.ToUpper(string(id))
}

// holding finds the entry of a certificate: by the certificate itself, or where
// the key is not shown by its SHA-1 thumbprint, as bytes or as text.
func holding(keys []models.KeyCredentialable, cert *x509.Certificate) models.KeyCredentialable {
	sum := sha1.Sum(cert.Raw)
	for _, k := range keys {
		id := k.GetCustomKeyIdentifier()
		if bytes.Equal(k.GetKey(), cert.Raw) || bytes.Equal(id, sum[:]) || strings.EqualFold(string(id), thumbprint(cert)) {
			return k
		}
	}
	return nil
}

// resent copies the entries that are to stay. A PATCH replaces the whole list;
// for those that exist, key goes back as null (GD:api/application-update.md).
func resent(keys []models.KeyCredentialable, without string) []models.KeyCredentialable {
	out := []models.KeyCredentialable{}
	for _, k := range keys {
		if guidText(k.GetKeyId()) == without {
			continue
		}
		c := models.NewKeyCredential()
		c.SetKeyId(k.GetKeyId())
		c.SetCustomKeyIdentifier(k.GetCustomKeyIdentifier())
		c.SetDisplayName(k.GetDisplayName())
		c.SetTypeEscaped(k.GetTypeEscaped())
		c.SetUsage(k.GetUsage())
		c.SetStartDateTime(k.GetStartDateTime())
		c.SetEndDateTime(k.GetEndDateTime())
		c.SetAdditionalData(map[string]any{"key": nil})
		out = append(out, c)
	}
	return out
}
