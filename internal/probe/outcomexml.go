package probe

import (
	"bytes"
	"encoding/xml"
)

// xmlOutcome is an OperationOutcome as XML (hl7.org/fhir/R4/xml.html): values stand in
// attributes. Servers send it where they prefer XML, or where a gateway has dropped the
// Accept header.
type xmlOutcome struct {
	XMLName xml.Name `xml:"OperationOutcome"`
	Issues  []struct {
		Severity    xmlValue `xml:"severity"`
		Code        xmlValue `xml:"code"`
		Diagnostics xmlValue `xml:"diagnostics"`
		Details     struct {
			Text xmlValue `xml:"text"`
		} `xml:"details"`
		Expression []xmlValue `xml:"expression"`
	} `xml:"issue"`
}

type xmlValue struct {
	Value string `xml:"value,attr"`
}

// looksLikeXML tells whether a body begins like XML that is no page for people.
func (c content) looksLikeXML() bool {
	start := bytes.TrimSpace(bytes.TrimPrefix(c.raw[:min(len(c.raw), 200)], []byte("\ufeff")))
	return bytes.HasPrefix(start, []byte("<")) && !c.html()
}

// outcome reads an OperationOutcome out of XML, in the form that JSON gives; nil if
// it is none.
func (c content) outcome() any {
	if !c.looksLikeXML() || !bytes.Contains(c.raw[:min(len(c.raw), 1000)], []byte("OperationOutcome")) {
		return nil
	}
	var read xmlOutcome
	if xml.Unmarshal(bytes.TrimPrefix(c.raw, []byte("\ufeff")), &read) != nil {
		return nil
	}
	issues := []any{}
	for _, one := range read.Issues {
		issue := map[string]any{}
		for name, v := range map[string]xmlValue{"severity": one.Severity, "code": one.Code, "diagnostics": one.Diagnostics} {
			if v.Value != "" {
				issue[name] = v.Value
			}
		}
		if one.Details.Text.Value != "" {
			issue["details"] = map[string]any{"text": one.Details.Text.Value}
		}
		if len(one.Expression) > 0 {
			issue["expression"] = []any{one.Expression[0].Value}
		}
		issues = append(issues, issue)
	}
	return map[string]any{"resourceType": "OperationOutcome", "issue": issues}
}
