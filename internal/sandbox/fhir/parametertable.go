package fhir

// parameterTable lists search parameters of FHIR R4, one on a line: name, kind
// and the paths of the values, separated by commas. A line with a colon begins a
// type; an exclamation mark after it says that the table has all of the type's
// parameters, so that any other name is unknown to FHIR and not only to the
// sandbox. "*" holds for all types.
//
// A path is names separated by points; arrays are walked through, and
// name[member=value] keeps the objects with that member. Kinds are those of
// hl7.org/fhir/R4/search.html; "composite" and "special" are known but not served.
// Source: hl7.org/fhir/R4/searchparameter-registry.html.
func parameterTable() string {
	return `
*:
_id token id
_lastUpdated date meta.lastUpdated
_tag token meta.tag
_security token meta.security
_profile uri meta.profile
_source uri meta.source

Patient:!
active token active
address string address
address-city string address.city
address-country string address.country
address-postalcode string address.postalCode
address-state string address.state
address-use token address.use
birthdate date birthDate
death-date date deceasedDateTime
deceased token deceasedBoolean
email token telecom[system=email]
family string name.family
gender token gender
general-practitioner reference generalPractitioner
given string name.given
identifier token identifier
language token communication.language
link reference link.other
name string name
organization reference managingOrganization
phone token telecom[system=phone]
phonetic string name
telecom token telecom

Observation:!
based-on reference basedOn
category token category
code token code
code-value-concept composite -
code-value-date composite -
code-value-quantity composite -
code-value-string composite -
combo-code token code,component.code
combo-code-value-concept composite -
combo-code-value-quantity composite -
combo-data-absent-reason token dataAbsentReason,component.dataAbsentReason
combo-value-concept token valueCodeableConcept,component.valueCodeableConcept
combo-value-quantity quantity valueQuantity,component.valueQuantity
component-code token component.code
component-code-value-concept composite -
component-code-value-quantity composite -
component-data-absent-reason token component.dataAbsentReason
component-value-concept token component.valueCodeableConcept
component-value-quantity quantity component.valueQuantity
data-absent-reason token dataAbsentReason
date date effectiveDateTime,effectivePeriod,effectiveInstant
derived-from reference derivedFrom
device reference device
encounter reference encounter
focus reference focus
has-member reference hasMember
identifier token identifier
method token method
part-of reference partOf
patient reference subject
performer reference performer
specimen reference specimen
status token status
subject reference subject
value-concept token valueCodeableConcept
value-date date valueDateTime,valuePeriod
value-quantity quantity valueQuantity
value-string string valueString

Practitioner:!
active token active
address string address
address-city string address.city
address-country string address.country
address-postalcode string address.postalCode
address-state string address.state
address-use token address.use
communication token communication
email token telecom[system=email]
family string name.family
gender token gender
given string name.given
identifier token identifier
name string name
phone token telecom[system=phone]
phonetic string name
telecom token telecom

PractitionerRole:!
active token active
date date period
email token telecom[system=email]
endpoint reference endpoint
identifier token identifier
location reference location
organization reference organization
phone token telecom[system=phone]
practitioner reference practitioner
role token code
service reference healthcareService
specialty token specialty
telecom token telecom

Organization:!
active token active
address string address
address-city string address.city
address-country string address.country
address-postalcode string address.postalCode
address-state string address.state
address-use token address.use
endpoint reference endpoint
identifier token identifier
name string name,alias
partof reference partOf
phonetic string name
type token type

Encounter:!
account reference account
appointment reference appointment
based-on reference basedOn
class token class
date date period
diagnosis reference diagnosis.condition
episode-of-care reference episodeOfCare
identifier token identifier
length quantity length
location reference location.location
location-period date location.period
part-of reference partOf
participant reference participant.individual
participant-type token participant.type
patient reference subject
practitioner reference participant.individual
reason-code token reasonCode
reason-reference reference reasonReference
service-provider reference serviceProvider
special-arrangement token hospitalization.specialArrangement
status token status
subject reference subject
type token type

Condition:
abatement-date date abatementDateTime,abatementPeriod
abatement-string string abatementString
asserter reference asserter
body-site token bodySite
category token category
clinical-status token clinicalStatus
code token code
encounter reference encounter
evidence token evidence.code
evidence-detail reference evidence.detail
identifier token identifier
onset-date date onsetDateTime,onsetPeriod
onset-info string onsetString
patient reference subject
recorded-date date recordedDate
severity token severity
stage token stage.summary
subject reference subject
verification-status token verificationStatus

Procedure:!
based-on reference basedOn
category token category
code token code
date date performedDateTime,performedPeriod
encounter reference encounter
identifier token identifier
instantiates-canonical reference instantiatesCanonical
instantiates-uri uri instantiatesUri
location reference location
part-of reference partOf
patient reference subject
performer reference performer.actor
reason-code token reasonCode
reason-reference reference reasonReference
status token status
subject reference subject

DiagnosticReport:!
based-on reference basedOn
category token category
code token code
conclusion token conclusionCode
date date effectiveDateTime,effectivePeriod
encounter reference encounter
identifier token identifier
issued date issued
media reference media.link
patient reference subject
performer reference performer
result reference result
results-interpreter reference resultsInterpreter
specimen reference specimen
status token status
subject reference subject

ServiceRequest:!
authored date authoredOn
based-on reference basedOn
body-site token bodySite
category token category
code token code
encounter reference encounter
identifier token identifier
instantiates-canonical reference instantiatesCanonical
instantiates-uri uri instantiatesUri
intent token intent
occurrence date occurrenceDateTime,occurrencePeriod
patient reference subject
performer reference performer
performer-type token performerType
priority token priority
replaces reference replaces
requester reference requester
requisition token requisition
specimen reference specimen
status token status
subject reference subject

MedicationRequest:!
authoredon date authoredOn
category token category
code token medicationCodeableConcept
date date dosageInstruction.timing.event
encounter reference encounter
identifier token identifier
intended-dispenser reference dispenseRequest.performer
intended-performer reference performer
intended-performertype token performerType
intent token intent
medication reference medicationReference
patient reference subject
priority token priority
requester reference requester
status token status
subject reference subject

MedicationAdministration:!
code token medicationCodeableConcept
context reference context
device reference device
effective-time date effectiveDateTime,effectivePeriod
identifier token identifier
medication reference medicationReference
patient reference subject
performer reference performer.actor
reason-given token reasonCode
reason-not-given token statusReason
request reference request
status token status
subject reference subject

MedicationDispense:!
code token medicationCodeableConcept
context reference context
destination reference destination
identifier token identifier
medication reference medicationReference
patient reference subject
performer reference performer.actor
prescription reference authorizingPrescription
receiver reference receiver
responsibleparty reference substitution.responsibleParty
status token status
subject reference subject
type token type
whenhandedover date whenHandedOver
whenprepared date whenPrepared

MedicationStatement:!
category token category
code token medicationCodeableConcept
context reference context
effective date effectiveDateTime,effectivePeriod
identifier token identifier
medication reference medicationReference
part-of reference partOf
patient reference subject
source reference informationSource
status token status
subject reference subject

Medication:!
code token code
expiration-date date batch.expirationDate
form token form
identifier token identifier
ingredient reference ingredient.itemReference
ingredient-code token ingredient.itemCodeableConcept
lot-number token batch.lotNumber
manufacturer reference manufacturer
status token status

AllergyIntolerance:!
asserter reference asserter
category token category
clinical-status token clinicalStatus
code token code,reaction.substance
criticality token criticality
date date recordedDate
identifier token identifier
last-date date lastOccurrence
manifestation token reaction.manifestation
onset date reaction.onset
patient reference patient
recorder reference recorder
route token reaction.exposureRoute
severity token reaction.severity
type token type
verification-status token verificationStatus

Immunization:!
date date occurrenceDateTime
identifier token identifier
location reference location
lot-number string lotNumber
manufacturer reference manufacturer
patient reference patient
performer reference performer.actor
reaction reference reaction.detail
reaction-date date reaction.date
reason-code token reasonCode
reason-reference reference reasonReference
series string protocolApplied.series
status token status
status-reason token statusReason
target-disease token protocolApplied.targetDisease
vaccine-code token vaccineCode

Appointment:!
actor reference participant.actor
appointment-type token appointmentType
based-on reference basedOn
date date start
identifier token identifier
location reference participant.actor
part-status token participant.status
patient reference participant.actor
practitioner reference participant.actor
reason-code token reasonCode
reason-reference reference reasonReference
service-category token serviceCategory
service-type token serviceType
slot reference slot
specialty token specialty
status token status
supporting-info reference supportingInformation

Location:
address string address
address-city string address.city
address-country string address.country
address-postalcode string address.postalCode
address-state string address.state
address-use token address.use
endpoint reference endpoint
identifier token identifier
name string name,alias
near special -
operational-status token operationalStatus
organization reference managingOrganization
partof reference partOf
status token status
type token type

Device:
device-name string deviceName.name
identifier token identifier
location reference location
manufacturer string manufacturer
model string modelNumber
organization reference owner
patient reference patient
status token status
type token type
udi-carrier string udiCarrier.carrierHRF
udi-di string udiCarrier.deviceIdentifier
url uri url

Group:!
actual token actual
characteristic token characteristic.code
characteristic-value composite -
code token code
exclude token characteristic.exclude
identifier token identifier
managing-entity reference managingEntity
member reference member.entity
type token type
value token characteristic.valueCodeableConcept,characteristic.valueBoolean

Coverage:!
beneficiary reference beneficiary
class-type token class.type
class-value string class.value
dependent string dependent
identifier token identifier
patient reference beneficiary
payor reference payor
policy-holder reference policyHolder
status token status
subscriber reference subscriber
type token type

CarePlan:
activity-code token activity.detail.code
activity-reference reference activity.reference
based-on reference basedOn
care-team reference careTeam
category token category
condition reference addresses
date date period
encounter reference encounter
goal reference goal
identifier token identifier
intent token intent
part-of reference partOf
patient reference subject
replaces reference replaces
status token status
subject reference subject

CareTeam:!
category token category
date date period
encounter reference encounter
identifier token identifier
participant reference participant.member
patient reference subject
status token status
subject reference subject

Goal:!
achievement-status token achievementStatus
category token category
identifier token identifier
lifecycle-status token lifecycleStatus
patient reference subject
start-date date startDate
subject reference subject
target-date date target.dueDate

Claim:
care-team reference careTeam.provider
created date created
encounter reference item.encounter
enterer reference enterer
facility reference facility
identifier token identifier
insurer reference insurer
patient reference patient
payee reference payee.party
priority token priority
provider reference provider
status token status
use token use

ExplanationOfBenefit:
care-team reference careTeam.provider
claim reference claim
coverage reference insurance.coverage
created date created
disposition string disposition
enterer reference enterer
facility reference facility
identifier token identifier
patient reference patient
payee reference payee.party
provider reference provider
status token status

ImagingStudy:!
basedon reference basedOn
bodysite token series.bodySite
dicom-class token series.instance.sopClass
encounter reference encounter
endpoint reference endpoint,series.endpoint
identifier token identifier
instance token series.instance.uid
interpreter reference interpreter
modality token series.modality
patient reference subject
performer reference series.performer.actor
reason token reasonCode
referrer reference referrer
series token series.uid
started date started
status token status
subject reference subject

DocumentReference:
authenticator reference authenticator
author reference author
category token category
contenttype token content.attachment.contentType
custodian reference custodian
date date date
description string description
encounter reference context.encounter
event token context.event
facility token context.facilityType
format token content.format
identifier token masterIdentifier,identifier
language token content.attachment.language
location uri content.attachment.url
patient reference subject
period date context.period
related reference context.related
security-label token securityLabel
setting token context.practiceSetting
status token status
subject reference subject
type token type

Specimen:!
accession token accessionIdentifier
bodysite token collection.bodySite
collected date collection.collectedDateTime,collection.collectedPeriod
collector reference collection.collector
container token container.type
container-id token container.identifier
identifier token identifier
parent reference parent
patient reference subject
status token status
subject reference subject
type token type

RelatedPerson:!
active token active
address string address
address-city string address.city
address-country string address.country
address-postalcode string address.postalCode
address-state string address.state
address-use token address.use
birthdate date birthDate
email token telecom[system=email]
gender token gender
identifier token identifier
name string name
patient reference patient
phone token telecom[system=phone]
phonetic string name
relationship token relationship
telecom token telecom

Schedule:!
active token active
actor reference actor
date date planningHorizon
identifier token identifier
service-category token serviceCategory
service-type token serviceType
specialty token specialty

Slot:!
appointment-type token appointmentType
identifier token identifier
schedule reference schedule
service-category token serviceCategory
service-type token serviceType
specialty token specialty
start date start
status token status

Task:
authored-on date authoredOn
based-on reference basedOn
business-status token businessStatus
code token code
encounter reference encounter
focus reference focus
group-identifier token groupIdentifier
identifier token identifier
intent token intent
modified date lastModified
owner reference owner
part-of reference partOf
patient reference for
performer token performerType
period date executionPeriod
priority token priority
requester reference requester
status token status
subject reference for

Questionnaire:
date date date
description string description
identifier token identifier
name string name
publisher string publisher
status token status
title string title
url uri url
version token version

QuestionnaireResponse:
author reference author
authored date authored
based-on reference basedOn
encounter reference encounter
identifier token identifier
part-of reference partOf
patient reference subject
questionnaire reference questionnaire
source reference source
status token status
subject reference subject

Consent:
action token provision.action
actor reference provision.actor.reference
category token category
consentor reference performer
date date dateTime
identifier token identifier
organization reference organization
patient reference patient
period date provision.period
purpose token provision.purpose
scope token scope
source-reference reference sourceReference
status token status

Provenance:
agent reference agent.who
agent-role token agent.role
agent-type token agent.type
entity reference entity.what
location reference location
patient reference target
recorded date recorded
signature-type token signature.type
target reference target
when date occurredDateTime,occurredPeriod

Composition:
attester reference attester.party
author reference author
category token category
confidentiality token confidentiality
date date date
encounter reference encounter
entry reference section.entry
identifier token identifier
patient reference subject
section token section.code
status token status
subject reference subject
title string title
type token type

Endpoint:!
connection-type token connectionType
identifier token identifier
name string name
organization reference managingOrganization
payload-type token payloadType
status token status

Flag:!
author reference author
date date period
encounter reference encounter
identifier token identifier
patient reference subject
subject reference subject

List:
code token code
date date date
empty-reason token emptyReason
encounter reference encounter
identifier token identifier
item reference entry.item
patient reference subject
source reference source
status token status
subject reference subject
title string title

SearchParameter:
base token base
code token code
component reference component.definition
date date date
derived-from reference derivedFrom
description string description
name string name
publisher string publisher
status token status
target token target
type token type
url uri url
version token version

StructureDefinition:
abstract token abstract
base uri baseDefinition
date date date
derivation token derivation
description string description
identifier token identifier
kind token kind
name string name
publisher string publisher
status token status
title string title
type uri type
url uri url
version token version

ValueSet:
date date date
description string description
identifier token identifier
name string name
publisher string publisher
status token status
title string title
url uri url
version token version

CodeSystem:
content-mode token content
date date date
description string description
identifier token identifier
language token concept.designation.language
name string name
publisher string publisher
status token status
supplements reference supplements
system uri url
title string title
url uri url
version token version

Bundle:
identifier token identifier
timestamp date timestamp
type token type

Binary:!
`
}
