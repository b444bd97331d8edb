// Package fhir is the sandbox's FHIR R4 service: what a client sees of Azure
// Health Data Services, as far as public sources tell. It is written from those
// sources and shares no code with the client side of this program.
//
// A call goes through the checks in the real server's order: a token in the URL
// (400 as text), authentication, routing (404, 405), the 401, the body (400),
// formats and headers (400, 406, 415), the data action (403), storage. Bodies lie
// in a file, what is needed to find them in memory; searches go through indexes.
// With Deps.Upstream the same token and role checks stand before a real server.
//
// # Faithful, with source
//
//   - 401, 403, 404, 405, 406, 410, 412, 415: status, headers, body with or
//     without meta, X-Request-Id equal to the outcome's id, security headers
//     (microsoft/fhir-server: Startup.cs, FhirController.CustomError,
//     OperationOutcomeExceptionFilterAttribute.cs, FhirRequestContextMiddleware.cs,
//     ContentTypeService.cs; the 401 and 403 bodies were seen on the managed service).
//   - GET /metadata, /.well-known/smart-configuration, /$versions, /health/check and
//     /OperationDefinition/{name} without a token.
//   - Data actions of each operation, with the finer ones (create, update, search,
//     readById), hardDelete on top of delete, editProfileDefinitions for profiles,
//     value sets and code systems, and any one action for a bundle.
//   - create, read, vread, update as create, If-Match, conditional create, update,
//     patch and delete, soft and hard delete, an update that changes nothing,
//     history with _since, _before, _at, _count and ct.
//   - JSON Patch (RFC 6902), with the properties that may not be patched.
//   - Search: parameters of parametertable.go with modifiers and comparators, chains,
//     _has, _include, _revinclude, _sort, _total, _count, _elements, _summary
//     (count, text, data), ct, POST _search, all types with _type; unknown
//     parameters as warnings, or 400 with Prefer: handling=strict
//     (SearchOptionsFactory.cs, BundleFactory.cs).
//   - $export for the system, patients and groups: headers and parameters checked
//     before the permission, 202, status, cancel (ValidateExportRequestFilterAttribute.cs).
//   - $import: headers, then 400, since it is off on a new service.
//   - $convert-data: its parameters, and JSON by the template ExamplePatient, as plain
//     text (docs/ConvertDataOperation.md; microsoft/FHIR-Converter).
//
// # Simplified
//
//   - Elements and data types are checked for Patient and Observation; resources of
//     other types are taken if they are proper JSON of FHIR. Texts of the 400s for
//     bodies are unverified.
//   - An export's files are served here, by URLs that cannot be guessed, and not by a
//     storage account; the second look at the status finds it complete.
//   - A patient's compartment ($everything, exports, /Patient/1/Observation) is what
//     refers to the patient.
//   - $reindex is complete at once. OperationDefinitions have no parameters.
//   - _elements leaves out mandatory elements that were not asked for.
//   - 200 for $validate is given only where the sandbox can judge.
//   - The SMART role limits callers to their SMART scopes; the issue codes of 403 for
//     searches and of 412 are the open-source server's, unverified on the managed one.
//   - A private link's 403 has no body (unverified).
//
// # Absent, with a 501 that says so
//
// FHIRPath Patch, $convert-data by other templates than ExamplePatient, $validate against profiles or of
// other types, $bulk-update, $bulk-delete, $member-match, $docref, $expand,
// $purge-history, $reindex of one resource, SearchParameter/$status, search
// parameters that are not in the table (custom ones too), composite and special
// ones, _summary=true, :iterate, :text, :in, :of-type and the like, ap, SMART
// scopes of a single patient, anonymized export. XML is refused, as it is there.
package fhir
