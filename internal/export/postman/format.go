package postman

// The parts of the format that are used, in the order in which Postman writes
// them. Source: the JSON schema of collection v2.1.0.

type collection struct {
	Info     info       `json:"info"`
	Item     []item     `json:"item"`
	Variable []variable `json:"variable,omitempty"`
}

type info struct {
	ID          string `json:"_postman_id"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Schema      string `json:"schema"`
}

// item is a folder if it has items, else a request.
type item struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Item        []item    `json:"item,omitempty"`
	Auth        *auth     `json:"auth,omitempty"`
	Event       []event   `json:"event,omitempty"`
	Behavior    *behavior `json:"protocolProfileBehavior,omitempty"`
	Request     *request  `json:"request,omitempty"`
}

type behavior struct {
	FollowRedirects bool `json:"followRedirects"`
}

type request struct {
	Method      string   `json:"method"`
	Header      []header `json:"header"`
	Body        *body    `json:"body,omitempty"`
	URL         address  `json:"url"`
	Description string   `json:"description,omitempty"`
	Auth        *auth    `json:"auth,omitempty"`
}

type header struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type address struct {
	Raw   string   `json:"raw"`
	Host  []string `json:"host"`
	Path  []string `json:"path"`
	Query []header `json:"query,omitempty"`
}

type body struct {
	Mode       string       `json:"mode"`
	Raw        string       `json:"raw,omitempty"`
	URLEncoded []typed      `json:"urlencoded,omitempty"`
	File       *fileBody    `json:"file,omitempty"`
	Options    *bodyOptions `json:"options,omitempty"`
}

type fileBody struct {
	Src string `json:"src"`
}

type bodyOptions struct {
	Raw struct {
		Language string `json:"language"`
	} `json:"raw"`
}

type typed struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
	Type  string `json:"type"`
}

type auth struct {
	Type   string  `json:"type"`
	OAuth2 []typed `json:"oauth2,omitempty"`
}

type event struct {
	Listen string `json:"listen"` // prerequest or test
	Script script `json:"script"`
}

type script struct {
	Type string   `json:"type"`
	Exec []string `json:"exec"` // one string for each line
}

type variable struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	Type  string `json:"type"`
}

type environment struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"`
	Values []value `json:"values"`
	Scope  string  `json:"_postman_variable_scope"`
	Using  string  `json:"_postman_exported_using"`
}

type value struct {
	Key     string `json:"key"`
	Value   string `json:"value"`
	Type    string `json:"type"` // default or secret
	Enabled bool   `json:"enabled"`
}
