package causes

import "slices"

// All lists the causes by what they are about. Ids are written here and in the
// rules that lead to them, and nowhere else.
func All() []Cause {
	return slices.Concat(
		secretCauses(), certificateCauses(), assertionCauses(), federationCauses(),
		appCauses(), tenantCauses(), requestCauses(), redirectCauses(), grantCauses(),
		resourceCauses(), userCauses(), graphCauses(),
		tokenCauses(), audienceCauses(), roleCauses(), serviceCauses(), fhirCauses(), fhirOperationCauses(),
		dicomCauses(), dicomStoreCauses(), networkCauses(), tlsCauses(), localCauses(), toolCauses(), ciCauses(),
	)
}
