package outside

import (
	"net/http"
	"strings"
	"time"
)

// githubLife is how long GitHub's tokens last.
// Source: docs.github.com/en/actions/reference/security/oidc.
const githubLife = 5 * time.Minute

const (
	githubPath = "/github/"
	githubEnd  = "/idtoken"
)

// GitHubJob is a job of GitHub Actions without an environment. Its path in
// reality tells nothing; here it is what the job is about.
type GitHubJob struct {
	Repository string // owner/name
	Ref        string // refs/heads/main
}

// Subject is whom the job's token is about, in the form without immutable ids.
// Source: docs.github.com/en/actions/reference/security/oidc.
func (j GitHubJob) Subject() string { return "repo:" + j.Repository + ":ref:" + j.Ref }

// GitHubURL is what ACTIONS_ID_TOKEN_REQUEST_URL holds in a job. It has a query
// already; the audience is appended to it.
func (i *Issuer) GitHubURL(j GitHubJob) string {
	return i.URL + githubPath + j.Repository + "/" + j.Ref + githubEnd + "?api-version=2.0"
}

// githubJob reads the job of a path.
func githubJob(path string) (GitHubJob, bool) {
	path, begins := strings.CutPrefix(path, githubPath)
	path, ends := strings.CutSuffix(path, githubEnd)
	parts := strings.SplitN(path, "/", 3)
	if !begins || !ends || len(parts) < 3 || parts[0] == "" || parts[1] == "" || !strings.HasPrefix(parts[2], "refs/") {
		return GitHubJob{}, false
	}
	return GitHubJob{Repository: parts[0] + "/" + parts[1], Ref: parts[2]}, true
}

// github gives a job its ID token, with those of GitHub's claims that follow from
// repository and ref.
func (i *Issuer) github(w http.ResponseWriter, r *http.Request, j GitHubJob) {
	if !i.presents(r) {
		answer(w, http.StatusUnauthorized, map[string]string{"message": "the request token is missing or wrong"})
		return
	}
	owner, _, _ := strings.Cut(j.Repository, "/")
	audience := r.URL.Query().Get("audience")
	if audience == "" {
		audience = "https://github.com/" + owner
	}
	kind := "branch"
	if strings.HasPrefix(j.Ref, "refs/tags/") {
		kind = "tag"
	}
	raw, err := i.sign(map[string]any{"sub": j.Subject(), "aud": audience, "repository": j.Repository, "repository_owner": owner,
		"ref": j.Ref, "ref_type": kind, "event_name": "push"}, githubLife)
	if err != nil {
		answer(w, http.StatusInternalServerError, map[string]string{"message": "no token could be made"})
		return
	}
	answer(w, http.StatusOK, map[string]any{"count": len(raw), "value": raw})
}
