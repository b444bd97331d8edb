// Package catalogue declares every request to FHIR, DICOM and the token
// endpoint once, as plain data. Probing sends these requests and every export
// renders them, so what is tested here is what a Postman collection contains.
//
// All parts of a request may hold variables written {{name}}; [Expand] replaces
// them. Nothing in a request is a Go function: an expectation that is one could
// not become an assertion in Postman, httpYac, Bruno or k6.
package catalogue

// Services to which a request can go.
const (
	FHIR  = "fhir"
	DICOM = "dicom"
	Entra = "entra"
)

// Request is one HTTP request and what is expected of its answer.
type Request struct {
	ID       string    // stable, dotted: fhir.patient.read
	Title    string    // in words, as a person would name it in Postman
	Group    string    // folder in exports and reports: one of Groups
	Service  string    // FHIR, DICOM or Entra
	Method   string    //
	Path     string    // from the service's base URL, with a leading slash
	AtRoot   bool      // Path is from the host's root: DICOM's /health/check lies beside /v2
	Query    []Pair    //
	Headers  []Pair    // without Authorization and Content-Type, which Auth and Body give
	Body     Body      //
	Auth     Auth      //
	Expect   Expect    //
	Captures []Capture // values of the answer that later requests use
	Needs    []string  // data actions, without prefix (entra.ActionRead …)
	Effect   Effect    // what it does to the service's data
	Undo     string    // id of the request that takes it back
	After    []string  // ids of requests that must have succeeded in this run
	// Verify is the id of a request that reads, afterwards, what this one must not
	// have made: anything but 404 or 410 is a fault of ours and is removed by Undo.
	Verify string
	// Nothing are statuses, besides 404 and the like, by which Undo says that there is
	// nothing of the name it was given.
	Nothing []int
	// Find is the id of the request that finds again what this one created, when
	// its answer was lost on the way: it captures what Undo needs, and expects
	// the mark of this run in what it finds.
	Find string
	// HealthDataServicesOnly marks requests that other servers do not know, or that
	// are harmless only in the order of checks of Azure Health Data Services.
	// Elsewhere they are skipped.
	HealthDataServicesOnly bool
	Source                 string // article, clause or file that shows it
}

// Pair is a name with a value, in order.
type Pair struct{ Name, Value string }

// Auth is how a request authenticates.
type Auth string

// The kinds of Auth.
const (
	Anonymous Auth = "none"   // no Authorization header at all
	Bearer    Auth = "bearer" // the service's access token
)

// Effect is what a request does to the service's data if it succeeds.
type Effect string

// The kinds of Effect.
const (
	EffectNone    Effect = "none"
	EffectCreates Effect = "creates"
	EffectChanges Effect = "changes"
	EffectDeletes Effect = "deletes"
)

// Body is what a request sends: nothing, a form, a text template or what a
// named generator makes at run time. At most one of Form, Template and
// Generator is set.
type Body struct {
	ContentType string
	Form        []Pair    // application/x-www-form-urlencoded
	Template    string    // text with variables
	Generator   Generator // binary content
}

// IsZero tells whether nothing is sent.
func (b Body) IsZero() bool { return b.Form == nil && b.Template == "" && b.Generator == "" }

// Generator names a maker of binary bodies.
type Generator string

// The generators. Each gives one synthetic DICOM instance of the study and series
// of the variables study_uid and series_uid. The two differ in the instance, so
// that both ways of storing can be used in one run; InstanceVariable tells which.
const (
	// DICOMMultipart is the instance instance_uid in one part of a
	// multipart/related body whose boundary is [MultipartBoundary].
	DICOMMultipart Generator = "dicom-multipart"
	// DICOMInstance is the bare file of the instance second_instance_uid, for a
	// single-part application/dicom body.
	DICOMInstance Generator = "dicom-instance"
)

// InstanceVariable names the variable with the SOP Instance UID of what the
// generator makes.
func (g Generator) InstanceVariable() string {
	if g == DICOMInstance {
		return VarSecondUID
	}
	return VarInstanceUID
}

// MultipartBoundary separates the parts of a [DICOMMultipart] body. It is fixed,
// so that a payload file written by an export fits the exported header.
const MultipartBoundary = "hdstest-boundary-7f1c2a9d"

// Expect is what makes an answer green. All rules must hold.
type Expect struct {
	Status  []int        // one of these
	Headers []HeaderRule //
	JSON    []JSONRule   //
	Empty   bool         // the body must be empty
}

// HeaderRule asks for a header, whose value must contain the text, case ignored.
type HeaderRule struct {
	Name     string
	Contains string // empty: the header is there
}

// Op is how a [JSONRule] compares.
type Op string

// The comparisons.
const (
	Exists Op = "exists" // the value is there and not null
	Equals Op = "equals" // its text form equals Value
	OneOf  Op = "oneOf"  // its text form equals one of the |-separated texts of Value
	Absent Op = "absent" // it is not there
	IsList Op = "list"   // it is a list, perhaps an empty one
)

// JSONRule is an expectation of one value in a JSON body. OnStatus limits it to
// answers of that status: a DICOM search may answer 204 without a body.
type JSONRule struct {
	Path     Path
	Op       Op
	Value    string
	OnStatus int // 0: whatever the status
}

// Capture takes a value out of the answer into a variable, if the answer is as
// expected. Exactly one of JSON and Header is set.
type Capture struct {
	Variable string
	JSON     Path
	Header   string
	Last     bool // of the header, an address, the last part of the path
	// Secret marks a captured value that must not be shown: an access token.
	Secret bool
}
