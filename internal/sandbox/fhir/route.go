package fhir

import (
	"maps"
	"slices"
	"strings"

	"hdstest/internal/entra"
)

// operation is what a method does on a path.
type operation struct {
	anonymous bool
	needs     [][]string // data actions: one of each set
	body      bodyKind
	formats   bool                    // _format and Accept are looked at
	check     func(*request) *refusal // further filter, before the permission
	writes    bool                    // changes the store
	do        func(*request) (*response, *refusal)
}

// methods are the operations on one path.
type methods map[string]operation

// one is a set of which one action suffices; all of several sets are needed.
func one(actions ...string) []string { return actions }

// The data actions of the common operations.
// Source: microsoft/fhir-server handlers (GetResourceHandler, UpsertResourceHandler,
// CreateResourceHandler, SearchResourceHandler, DeleteResourceHandler).
func needsRead() [][]string   { return [][]string{one(entra.ActionRead, entra.ActionReadByID)} }
func needsSearch() [][]string { return [][]string{one(entra.ActionRead, entra.ActionSearch)} }
func needsCreate() [][]string { return [][]string{one(entra.ActionWrite, entra.ActionCreate)} }
func needsUpdate() [][]string { return [][]string{one(entra.ActionWrite, entra.ActionUpdate)} }
func needsDelete() [][]string { return [][]string{one(entra.ActionDelete)} }

// needsAny is what a bundle needs: any action at all; each entry is checked by itself.
func needsAny() [][]string {
	return [][]string{one(entra.ActionRead, entra.ActionWrite, entra.ActionDelete, entra.ActionCreate, entra.ActionUpdate,
		entra.ActionSearch, entra.ActionReadByID, entra.ActionHardDelete, entra.ActionExport, entra.ActionImport,
		entra.ActionSMART, entra.ActionSearchParameter, entra.ActionConvertData, entra.ActionValidate, entra.ActionReindex,
		entra.ActionEditProfiles, entra.ActionBulkOperator)}
}

// route finds the operation for a call. Paths are case-sensitive (seen,
// azure-docs issue 25622); an unknown type is an unknown route.
func (s *Service) route(in *request) (operation, *refusal) {
	found := s.paths(in.path)
	if found == nil {
		return operation{}, routeNotFound()
	}
	op, ok := found[in.method]
	if !ok {
		return operation{}, methodNotAllowed(strings.Join(slices.Sorted(maps.Keys(found)), ", "))
	}
	return op, nil
}

// paths finds what there is at a path; nil is nothing.
func (s *Service) paths(path []string) methods {
	switch {
	case len(path) == 0:
		return methods{
			"GET":  {needs: needsSearch(), formats: true, do: s.search},
			"POST": {needs: needsAny(), formats: true, body: resourceBody, writes: true, do: s.bundle}}
	case isType(path[0]):
		if found := s.specialPaths(path); found != nil {
			return found
		}
		return s.resourcePaths(path)
	}
	return s.systemPaths(path)
}

// systemPaths are those that do not begin with a type.
func (s *Service) systemPaths(path []string) methods {
	switch strings.Join(path, "/") {
	case "metadata":
		return methods{"GET": {anonymous: true, formats: true, do: s.metadata}}
	case ".well-known/smart-configuration":
		return methods{"GET": {anonymous: true, do: s.smartConfiguration}}
	case "$versions":
		return methods{"GET": {anonymous: true, formats: true, do: s.versions}}
	case "health/check":
		return methods{"GET": {anonymous: true, do: s.health}}
	case "_history":
		return methods{"GET": {needs: needsSearch(), formats: true, do: s.history}}
	case "_search":
		return methods{"POST": {needs: needsSearch(), formats: true, body: formBody, do: s.search}}
	case "$export":
		return methods{"GET": {needs: [][]string{one(entra.ActionExport)}, check: checkExport, writes: true, do: s.export}}
	case "$import":
		return methods{"POST": {needs: [][]string{one(entra.ActionImport)}, body: optionalBody, check: s.checkImport, do: s.absent("$import")}}
	case "$reindex":
		return methods{
			"GET":  {needs: [][]string{one(entra.ActionReindex)}, do: s.listReindex},
			"POST": {needs: [][]string{one(entra.ActionReindex)}, body: resourceBody, check: checkReindex, writes: true, do: s.reindex}}
	case "$convert-data":
		return methods{"POST": {needs: [][]string{one(entra.ActionConvertData)}, body: resourceBody, check: checkConvert, do: s.convert}}
	case "$bulk-update":
		return methods{"PATCH": {needs: [][]string{one(entra.ActionBulkOperator)}, body: optionalBody, do: s.absent("$bulk-update")}}
	case "$bulk-delete":
		return methods{"DELETE": {needs: needsDelete(), do: s.absent("$bulk-delete")}}
	}
	if len(path) == 3 && path[0] == "_operations" {
		return s.jobPaths(path[1])
	}
	if len(path) == 4 && path[0] == "_operations" && path[1] == "export" {
		return methods{"GET": {anonymous: true, do: s.exportFile}}
	}
	return nil
}

// jobPaths are those of jobs by their id.
func (s *Service) jobPaths(kind string) methods {
	switch kind {
	case "export":
		need := [][]string{one(entra.ActionExport)}
		return methods{"GET": {needs: need, writes: true, do: s.exportStatus}, "DELETE": {needs: need, writes: true, do: s.cancelExport}}
	case "import":
		need := [][]string{one(entra.ActionImport)}
		return methods{"GET": {needs: need, do: s.noImport}, "DELETE": {needs: need, do: s.noImport}}
	case "reindex":
		need := [][]string{one(entra.ActionReindex)}
		return methods{"GET": {needs: need, do: s.reindexStatus}, "DELETE": {needs: need, do: s.cancelReindex}}
	case "bulk-update":
		need := [][]string{one(entra.ActionBulkOperator)}
		return methods{"GET": {needs: need, do: s.noJob}, "DELETE": {needs: need, do: s.noJob}}
	case "bulk-delete":
		return methods{"GET": {needs: needsDelete(), do: s.noJob}, "DELETE": {needs: needsDelete(), do: s.noJob}}
	}
	return nil
}

// specialPaths are those that only some types have.
func (s *Service) specialPaths(path []string) methods {
	last := path[len(path)-1]
	switch {
	case len(path) == 2 && path[0] == "OperationDefinition" && operationDefinition(last) != nil:
		return methods{"GET": {anonymous: true, formats: true, do: s.operationDefinition}}
	case len(path) == 2 && path[0] == "Patient" && last == "$export":
		return methods{"GET": {needs: [][]string{one(entra.ActionExport)}, check: checkExport, writes: true, do: s.export}}
	case len(path) == 3 && path[0] == "Group" && last == "$export":
		return methods{"GET": {needs: [][]string{one(entra.ActionExport)}, check: checkExport, writes: true, do: s.export}}
	case len(path) == 2 && path[0] == "SearchParameter" && last == "$status":
		return methods{
			"GET": {needs: needsRead(), formats: true, do: s.absent("SearchParameter/$status")},
			"PUT": {needs: [][]string{one(entra.ActionSearchParameter)}, body: resourceBody, do: s.absent("SearchParameter/$status")}}
	case len(path) == 3 && path[0] == "Patient" && last == "$everything":
		return methods{"GET": {needs: needsSearch(), formats: true, do: s.everything}}
	case len(path) == 2 && path[0] == "Patient" && last == "$member-match":
		return methods{"POST": {needs: needsRead(), body: resourceBody, do: s.absent("$member-match")}}
	case path[0] == "ValueSet" && last == "$expand":
		return methods{"GET": {needs: needsRead(), do: s.absent("$expand")}, "POST": {needs: needsRead(), body: optionalBody, do: s.absent("$expand")}}
	case len(path) == 2 && path[0] == "DocumentReference" && last == "$docref":
		return methods{"GET": {needs: needsRead(), do: s.absent("$docref")}, "POST": {needs: needsRead(), body: optionalBody, do: s.absent("$docref")}}
	case len(path) == 3 && hasCompartment(path[0]) && (last == "*" || isType(last)):
		return methods{"GET": {needs: needsSearch(), formats: true, do: s.compartment}}
	}
	return nil
}

func hasCompartment(typ string) bool {
	return slices.Contains([]string{"Patient", "Encounter", "Practitioner", "RelatedPerson", "Device"}, typ)
}

// resourcePaths are those of every type.
func (s *Service) resourcePaths(path []string) methods {
	conditional := func(write []string) [][]string { return [][]string{one(entra.ActionRead, entra.ActionSearch), write} }
	switch {
	case len(path) == 1:
		return methods{
			"GET":    {needs: needsSearch(), formats: true, do: s.search},
			"POST":   {needs: needsCreate(), formats: true, body: resourceBody, check: checkType, writes: true, do: s.create},
			"PUT":    {needs: conditional(needsUpdate()[0]), formats: true, body: resourceBody, check: checkType, writes: true, do: s.updateMatching},
			"PATCH":  {needs: conditional(needsUpdate()[0]), formats: true, body: patchBody, writes: true, do: s.patchMatching},
			"DELETE": {needs: conditional(needsDelete()[0]), formats: true, writes: true, do: s.deleteMatching}}
	case len(path) == 2 && path[1] == "_search":
		return methods{"POST": {needs: needsSearch(), formats: true, body: formBody, do: s.search}}
	case len(path) == 2 && path[1] == "_history":
		return methods{"GET": {needs: needsSearch(), formats: true, do: s.history}}
	case len(path) == 2 && path[1] == "$validate":
		return methods{"POST": {needs: [][]string{one(entra.ActionValidate)}, formats: true, body: optionalBody, check: checkValidateType, do: s.validate}}
	case len(path) == 2 && path[1] == "$bulk-delete":
		return methods{"DELETE": {needs: needsDelete(), do: s.absent("$bulk-delete")}}
	case len(path) == 2 && !strings.HasPrefix(path[1], "$"):
		return methods{
			"GET":    {needs: needsRead(), formats: true, do: s.read},
			"PUT":    {needs: needsUpdate(), formats: true, body: resourceBody, check: checkUpdate, writes: true, do: s.update},
			"PATCH":  {needs: needsUpdate(), formats: true, body: patchBody, writes: true, do: s.patch},
			"DELETE": {needs: needsDelete(), formats: true, writes: true, do: s.delete}}
	case len(path) == 3:
		return s.instancePaths(path[2])
	case len(path) == 4 && path[2] == "_history":
		return methods{"GET": {needs: needsRead(), formats: true, do: s.readVersion}}
	}
	return nil
}

func (s *Service) instancePaths(last string) methods {
	switch last {
	case "_history":
		return methods{"GET": {needs: needsSearch(), formats: true, do: s.history}}
	case "$validate":
		need := [][]string{one(entra.ActionValidate)}
		return methods{"GET": {needs: need, formats: true, do: s.validateStored},
			"POST": {needs: need, formats: true, body: optionalBody, check: checkValidateType, do: s.validate}}
	case "$reindex":
		need := [][]string{one(entra.ActionReindex)}
		return methods{"GET": {needs: need, do: s.absent("$reindex of a single resource")},
			"POST": {needs: need, body: optionalBody, do: s.absent("$reindex of a single resource")}}
	case "$purge-history":
		return methods{"DELETE": {needs: [][]string{one(entra.ActionHardDelete)}, do: s.absent("$purge-history")}}
	}
	return nil
}

// absent answers 501 once the permission is checked.
func (s *Service) absent(what string) func(*request) (*response, *refusal) {
	return func(*request) (*response, *refusal) { return nil, absent(what) }
}
