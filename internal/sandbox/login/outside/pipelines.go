package outside

import (
	"net/http"
	"strings"
	"time"
)

// pipelinesLife is how long tokens of Azure Pipelines last (unverified).
const pipelinesLife = 10 * time.Minute

const pipelinesPath = "/azure-pipelines/oidctoken"

// pipelinesAudience is the one audience of their tokens.
// Source: learn.microsoft.com/azure/devops/pipelines/release/configure-workload-identity.
const pipelinesAudience = "api://AzureADTokenExchange"

// PipelinesURL is what SYSTEM_OIDCREQUESTURI holds in a job.
func (i *Issuer) PipelinesURL() string { return i.URL + pipelinesPath }

// ConnectionSubject is whom a token is about that is asked for by a service
// connection of the sandbox's one project.
// Source: learn.microsoft.com/azure/devops/pipelines/release/configure-workload-identity.
func ConnectionSubject(name string) string { return "sc://hdstest/sandbox/" + name }

// pipelines gives a job the ID token of a service connection. A wrong token is
// answered with the way to a sign-in page unless the header suppresses that. The
// statuses of a missing version and an unknown connection are unverified.
//
// Source: azidentity 1.15.0, azure_pipelines_credential.go.
func (i *Issuer) pipelines(w http.ResponseWriter, r *http.Request) {
	name, known := i.Connections[r.URL.Query().Get("serviceConnectionId")]
	switch {
	case r.Method != http.MethodPost:
		answer(w, http.StatusMethodNotAllowed, map[string]string{"message": "The requested resource does not support http method '" + r.Method + "'."})
	case !i.presents(r) && !strings.EqualFold(r.Header.Get("X-TFS-FedAuthRedirect"), "Suppress"):
		http.Redirect(w, r, i.URL+"/azure-pipelines/signin", http.StatusFound)
	case !i.presents(r):
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Query().Get("api-version") == "":
		answer(w, http.StatusBadRequest, map[string]string{"message": "No api-version was supplied for the request.", "typeKey": "VssVersionNotSpecifiedException"})
	case !known:
		answer(w, http.StatusNotFound, map[string]string{"message": "The service connection does not exist or the job may not use it."})
	default:
		i.connection(w, name)
	}
}

func (i *Issuer) connection(w http.ResponseWriter, name string) {
	raw, err := i.Token(ConnectionSubject(name), pipelinesAudience, pipelinesLife)
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]string{"message": "no token could be made"})
		return
	}
	answer(w, http.StatusOK, map[string]any{"oidcToken": raw})
}
