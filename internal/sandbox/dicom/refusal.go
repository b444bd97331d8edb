package dicom

import (
	"fmt"
)

// refusal is an answer that is not what was asked for. DICOM refuses in plain
// text, or with no body at all.
// Source: microsoft/dicom-server ExceptionHandlingMiddleware.cs.
type refusal struct {
	status int
	text   string
	header map[string]string
}

// Error gives the text.
func (r *refusal) Error() string { return r.text }

func refuse(status int, format string, values ...any) *refusal {
	return &refusal{status: status, text: fmt.Sprintf(format, values...)}
}

func badRequest(format string, values ...any) *refusal { return refuse(400, format, values...) }

// invalidBody is a refusal in the form of ASP.NET's model validation.
func invalidBody(format string, values ...any) *refusal {
	return badRequest("The request body is not valid. Details: \r\n"+format, values...)
}
