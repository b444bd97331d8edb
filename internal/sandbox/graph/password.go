package graph

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"hdstest/internal/sandbox/directory"
)

// passwordYears is how long a secret lives when the request names no end.
// Source: learn.microsoft.com/graph/api/application-addpassword.
const passwordYears = 2

// addApplicationPassword makes a secret, the text of which stands in this answer
// and nowhere else.
func (c *call) addApplicationPassword() (answer, error) {
	a, err := c.application(writesApplications())
	if err != nil {
		return answer{}, err
	}
	credential, doc, err := c.addPassword()
	if err != nil {
		return answer{}, err
	}
	a.PasswordCredentials = append(a.PasswordCredentials, credential)
	return c.complexValue("passwordCredential", doc), nil
}

func (c *call) addPrincipalPassword() (answer, error) {
	p, err := c.principal(writesApplications())
	if err != nil {
		return answer{}, err
	}
	credential, doc, err := c.addPassword()
	if err != nil {
		return answer{}, err
	}
	p.PasswordCredentials = append(p.PasswordCredentials, credential)
	return c.complexValue("passwordCredential", doc), nil
}

// addPassword reads an action's body, which may be empty.
func (c *call) addPassword() (*directory.PasswordCredential, map[string]any, error) {
	if err := c.onlyParameters("passwordCredential"); err != nil {
		return nil, nil, err
	}
	given, _ := c.body["passwordCredential"].(map[string]any)
	if c.body["passwordCredential"] != nil && given == nil {
		return nil, nil, badRequest("Property passwordCredential in payload has a value that does not match schema.")
	}
	shape := property{name: "passwordCredential", typ: "passwordCredential", fields: passwordFields()}
	if err := shape.acceptFields(given, "Application"); err != nil {
		return nil, nil, err
	}
	return c.newPassword(given)
}

// onlyParameters refuses what an action has no parameter for.
func (c *call) onlyParameters(names ...string) error {
	for name := range c.body {
		if !slices.Contains(names, name) && !strings.HasPrefix(name, "@odata.") {
			return syntaxError("The parameter '%s' in the request payload is not a valid parameter for the operation '%s'.",
				name, c.path[len(c.path)-1].text)
		}
	}
	return nil
}

func (c *call) newPassword(given map[string]any) (*directory.PasswordCredential, map[string]any, error) {
	credential := &directory.PasswordCredential{KeyID: c.NewID(), StartDateTime: c.now.Truncate(time.Second)}
	if name, ok := given["displayName"].(string); ok {
		credential.DisplayName = &name
	}
	if start, ok := moment(given["startDateTime"]); ok {
		credential.StartDateTime = start
	}
	credential.EndDateTime = credential.StartDateTime.AddDate(passwordYears, 0, 0)
	if end, ok := moment(given["endDateTime"]); ok {
		credential.EndDateTime = end
	}
	if !credential.EndDateTime.After(credential.StartDateTime) || !credential.EndDateTime.After(c.now) {
		f := badRequest("Password credential end date is invalid.") // text unverified
		f.details = []detail{{Code: "InvalidKeyEndDate", Message: f.message, Target: "EndDate"}}
		return nil, nil, f
	}
	if err := c.secretPolicy(credential); err != nil {
		return nil, nil, err
	}
	secret, err := c.newSecretText()
	if err != nil {
		return nil, nil, err
	}
	credential.SetText(secret)
	doc, err := document(credential)
	if err != nil {
		return nil, nil, err
	}
	doc["secretText"], doc["customKeyIdentifier"] = secret, nil
	return credential, doc, nil
}

// newSecrets makes the secrets that a new application's body asks for, as Graph
// does since April 2024.
// Source: learn.microsoft.com/graph/whats-new-overview.
func (c *call) newSecrets(a *directory.Application) ([]any, error) {
	list, _ := c.body["passwordCredentials"].([]any)
	var shown []any
	for _, item := range list {
		given, _ := item.(map[string]any)
		credential, doc, err := c.newPassword(given)
		if err != nil {
			return nil, err
		}
		a.PasswordCredentials = append(a.PasswordCredentials, credential)
		shown = append(shown, doc)
	}
	return shown, nil
}

func moment(value any) (time.Time, bool) {
	s, _ := value.(string)
	t, err := time.Parse(time.RFC3339, s)
	return t.UTC(), err == nil
}

// secretLength is that of the samples in Microsoft's documents, as are the tilde
// and the characters before it. The word makes a sandbox's secret known wherever
// it turns up.
const (
	secretLength = 40
	secretMark   = "8Q~hdstest-sandbox-"
	secretFirst  = 3 // characters that Graph shows as the hint
)

func (c *call) newSecretText() (string, error) {
	source := c.Rand
	if source == nil {
		source = rand.Reader
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_." // 64 characters
	raw := make([]byte, secretLength-len(secretMark))
	if _, err := io.ReadFull(source, raw); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	for i, b := range raw {
		raw[i] = alphabet[b%64]
	}
	return string(raw[:secretFirst]) + secretMark + string(raw[secretFirst:]), nil
}

func (c *call) removeApplicationPassword() (answer, error) {
	a, err := c.application(writesApplications())
	if err != nil {
		return answer{}, err
	}
	a.PasswordCredentials, err = c.removePassword(a.PasswordCredentials)
	return answer{status: http.StatusNoContent}, err
}

func (c *call) removePrincipalPassword() (answer, error) {
	p, err := c.principal(writesApplications())
	if err != nil {
		return answer{}, err
	}
	p.PasswordCredentials, err = c.removePassword(p.PasswordCredentials)
	return answer{status: http.StatusNoContent}, err
}

// removePassword gives the list without the one that the body names, or the list
// as it was and an error.
func (c *call) removePassword(list []*directory.PasswordCredential) ([]*directory.PasswordCredential, error) {
	if err := c.onlyParameters("keyId"); err != nil {
		return list, err
	}
	id, _ := c.body["keyId"].(string)
	i := slices.IndexFunc(list, func(p *directory.PasswordCredential) bool { return strings.EqualFold(p.KeyID, id) })
	if i < 0 {
		return list, badRequest("No password credential found with keyId '%s'.", id)
	}
	return slices.Delete(slices.Clone(list), i, i+1), nil
}
