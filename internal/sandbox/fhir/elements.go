package fhir

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"hdstest/internal/lazyregexp"
)

// elementTable lists the elements of Patient, Observation and the data types that
// they use. name=type is one value, name*type an array; an exclamation mark
// before the type says that there must be one, names in parentheses are the codes
// of a required binding.
// Source: hl7.org/fhir/R4/patient.html, observation.html, datatypes.html.
func elementTable() string {
	return `
Resource: id=id meta=Meta implicitRules=uri language=code text=Narrative contained*Resource extension*Extension modifierExtension*Extension
Element: id=string extension*Extension
BackboneElement: modifierExtension*Extension
Meta: versionId=id lastUpdated=instant source=uri profile*canonical security*Coding tag*Coding
Narrative: status=!code(generated,extensions,additional,empty) div=!xhtml
Identifier: use=code(usual,official,temp,secondary,old) type=CodeableConcept system=uri value=string period=Period assigner=Reference
HumanName: use=code(usual,official,temp,nickname,anonymous,old,maiden) text=string family=string given*string prefix*string suffix*string period=Period
ContactPoint: system=code(phone,fax,email,pager,url,sms,other) value=string use=code(home,work,temp,old,mobile) rank=positiveInt period=Period
Address: use=code(home,work,temp,old,billing) type=code(postal,physical,both) text=string line*string city=string district=string state=string postalCode=string country=string period=Period
CodeableConcept: coding*Coding text=string
Coding: system=uri version=string code=code display=string userSelected=boolean
Reference: reference=string type=uri identifier=Identifier display=string
Period: start=dateTime end=dateTime
Attachment: contentType=code language=code data=base64Binary url=uri size=unsignedInt hash=base64Binary title=string creation=dateTime
Quantity: value=decimal comparator=code(<,<=,>=,>) unit=string system=uri code=code
Range: low=Quantity high=Quantity
Ratio: numerator=Quantity denominator=Quantity
SampledData: origin=!Quantity period=!decimal factor=decimal lowerLimit=decimal upperLimit=decimal dimensions=!positiveInt data=string
Annotation: authorReference=Reference authorString=string time=dateTime text=!markdown
Patient: identifier*Identifier active=boolean name*HumanName telecom*ContactPoint gender=code(male,female,other,unknown) birthDate=date deceasedBoolean=boolean deceasedDateTime=dateTime address*Address maritalStatus=CodeableConcept multipleBirthBoolean=boolean multipleBirthInteger=integer photo*Attachment contact*Patient.contact communication*Patient.communication generalPractitioner*Reference managingOrganization=Reference link*Patient.link
Patient.contact: relationship*CodeableConcept name=HumanName telecom*ContactPoint address=Address gender=code(male,female,other,unknown) organization=Reference period=Period
Patient.communication: language=!CodeableConcept preferred=boolean
Patient.link: other=!Reference type=!code(replaced-by,replaces,refer,seealso)
Observation: identifier*Identifier basedOn*Reference partOf*Reference status=!code(registered,preliminary,final,amended,corrected,cancelled,entered-in-error,unknown) category*CodeableConcept code=!CodeableConcept subject=Reference focus*Reference encounter=Reference effectiveDateTime=dateTime effectivePeriod=Period effectiveTiming=any effectiveInstant=instant issued=instant performer*Reference valueQuantity=Quantity valueCodeableConcept=CodeableConcept valueString=string valueBoolean=boolean valueInteger=integer valueRange=Range valueRatio=Ratio valueSampledData=SampledData valueTime=time valueDateTime=dateTime valuePeriod=Period dataAbsentReason=CodeableConcept interpretation*CodeableConcept note*Annotation bodySite=CodeableConcept method=CodeableConcept specimen=Reference device=Reference referenceRange*Observation.referenceRange hasMember*Reference derivedFrom*Reference component*Observation.component
Observation.referenceRange: low=Quantity high=Quantity type=CodeableConcept appliesTo*CodeableConcept age=Range text=string
Observation.component: code=!CodeableConcept valueQuantity=Quantity valueCodeableConcept=CodeableConcept valueString=string valueBoolean=boolean valueInteger=integer valueRange=Range valueRatio=Ratio valueSampledData=SampledData valueTime=time valueDateTime=dateTime valuePeriod=Period dataAbsentReason=CodeableConcept interpretation*CodeableConcept referenceRange*Observation.referenceRange
`
}

// Forms of the primitive types. Source: hl7.org/fhir/R4/datatypes.html.
var (
	idForm       = lazyregexp.New(`^[A-Za-z0-9\-.]{1,64}$`)
	dateForm     = lazyregexp.New(`^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$`)
	dateTimeForm = lazyregexp.New(`^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]\d\d:[0-5]\d))?)?)?$`)
	instantForm  = lazyregexp.New(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]\d\d:[0-5]\d)$`)
	timeForm     = lazyregexp.New(`^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?$`)
	codeForm     = lazyregexp.New(`^[^\s]+(\s[^\s]+)*$`)
	uriForm      = lazyregexp.New(`^\S*$`)
	integerForm  = lazyregexp.New(`^-?(0|[1-9]\d*)$`)
	unsignedForm = lazyregexp.New(`^(0|[1-9]\d*)$`)
	positiveForm = lazyregexp.New(`^[1-9]\d*$`)
	base64Form   = lazyregexp.New(`^[0-9A-Za-z+/=\s]+$`)
	elementForm  = lazyregexp.New(`^(\w+)([=*])(!?)([A-Za-z.0-9]+)(?:\(([^)]*)\))?$`)
)

// element is one row of the table.
type element struct {
	typ      string
	codes    []string
	list     bool
	required bool
}

// elements reads the rows of a type from the table, with those that it inherits.
// It is nil for a type that the table has not.
func elements(typ string) map[string]element {
	rows := elementRows(typ)
	if rows == nil {
		return nil
	}
	switch {
	case isType(typ):
		maps.Copy(rows, elementRows("Resource"))
		rows["resourceType"] = element{typ: "string"}
	case strings.Contains(typ, "."):
		maps.Copy(rows, elementRows("BackboneElement"))
		maps.Copy(rows, elementRows("Element"))
	default:
		maps.Copy(rows, elementRows("Element"))
	}
	return rows
}

func elementRows(typ string) map[string]element {
	_, rest, found := strings.Cut(elementTable(), "\n"+typ+": ")
	if !found {
		return nil
	}
	line, _, _ := strings.Cut(rest, "\n")
	rows := map[string]element{}
	for _, word := range strings.Fields(line) {
		if m := elementForm.FindStringSubmatch(word); m != nil {
			row := element{typ: m[4], list: m[2] == "*", required: m[3] == "!"}
			if m[5] != "" {
				row.codes = strings.Split(m[5], ",")
			}
			rows[m[1]] = row
		}
	}
	return rows
}

// checkElements compares an object with the table of its type: no unknown names,
// arrays where there are arrays, values in the form of their type, and what must
// be there.
func checkElements(path, typ string, object map[string]any) error {
	rows := elements(typ)
	if rows == nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		row, known := rows[strings.TrimPrefix(name, "_")]
		if !known && name != "fhir_comments" {
			return fmt.Errorf("encountered unknown element '%s' at location '%s.%s'", name, path, name)
		}
		if known && !strings.HasPrefix(name, "_") {
			if err := row.check(path+"."+name, object[name]); err != nil {
				return err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		_, sent := object[name]
		_, extended := object["_"+name]
		if rows[name].required && !sent && !extended {
			return fmt.Errorf("element with minimum cardinality 1 is missing at location '%s.%s'", path, name)
		}
	}
	return nil
}

func (e element) check(path string, value any) error {
	list, isList := value.([]any)
	if e.list != isList {
		return fmt.Errorf("%s: an array where there is none in FHIR, or none where there is one", path)
	}
	if !isList {
		return e.checkOne(path, value)
	}
	for i, item := range list {
		if item == nil {
			continue // its extensions stand in the companion array
		}
		if err := e.checkOne(fmt.Sprintf("%s[%d]", path, i), item); err != nil {
			return err
		}
	}
	return nil
}

func (e element) checkOne(path string, value any) error {
	if object, ok := value.(map[string]any); ok && e.typ[0] < 'a' {
		if e.typ == "Resource" {
			if name, _ := object["resourceType"].(string); !isType(name) {
				return fmt.Errorf("%s: '%s' is not a known resource type", path, name)
			}
			return nil
		}
		return checkElements(path, e.typ, object)
	}
	if !e.fits(value) {
		return fmt.Errorf("%s: '%s' is not a correct literal for %s", path, encode(value), e.typ)
	}
	return nil
}

// fits tells whether a value has the form of a primitive type.
func (e element) fits(value any) bool {
	text, isText := value.(string)
	number, isNumber := value.(json.Number)
	switch e.typ {
	case "any":
		return true
	case "boolean":
		_, ok := value.(bool)
		return ok
	case "decimal":
		return isNumber
	case "integer":
		return isNumber && integerForm.MatchString(number.String())
	case "unsignedInt":
		return isNumber && unsignedForm.MatchString(number.String())
	case "positiveInt":
		return isNumber && positiveForm.MatchString(number.String())
	}
	form := map[string]*lazyregexp.Regexp{"date": dateForm, "dateTime": dateTimeForm, "instant": instantForm, "time": timeForm,
		"id": idForm, "code": codeForm, "uri": uriForm, "canonical": uriForm, "base64Binary": base64Form}[e.typ]
	return isText && e.typ[0] >= 'a' && (form == nil || form.MatchString(text)) && (e.codes == nil || slices.Contains(e.codes, text))
}
