package postman

import (
	"hdstest/internal/catalogue"
	"hdstest/internal/export"
)

// expiryOf names the variable with the expiry of a token, in milliseconds since
// 1970 as JavaScript counts.
func expiryOf(tokenVariable string) string { return tokenVariable + "ExpiresOn" }

// newEnvironment lists what people fill in, and the tokens. There is no time of
// export in it, which would differ from one export to the next.
func newEnvironment(in export.Input) environment {
	out := environment{ID: export.StableID("postman-environment", in.Name).String(), Name: in.Name,
		Scope: "environment", Using: "hdstest"}
	values := in.Values()
	add := func(key, text, kind string) {
		out.Values = append(out.Values, value{Key: key, Value: text, Type: kind, Enabled: true})
	}
	for _, v := range in.Variables() {
		switch {
		case v.Run && !v.Secret:
		case v.Name == catalogue.VarClientSecret && in.IncludeSecrets:
			add(v.Name, in.ClientSecret.Reveal(), "secret")
		case v.Secret:
			add(v.Name, "", "secret")
			if v.Run {
				add(expiryOf(v.Name), "", "default")
			}
		default:
			add(v.Name, values[v.Name], "default")
		}
	}
	add(export.AllowWrites, "false", "default")
	return out
}
