// Package dicom is the sandbox's DICOM service: what a client sees of Azure Health
// Data Services over DICOMweb, versions 1 and 2, as far as public sources tell. It
// is written from those sources and shares no code with the client side of this
// program.
//
// A call goes through the checks in the real server's order: routing (404, 405),
// authentication (401), Accept, Content-Type and query filters (406, 415, 400),
// the data action (403), UIDs (400), Accept negotiation (406), storage. Files and
// metadata lie on disk, what searches need in memory. With Deps.Upstream the same
// token and role checks stand before a real server.
//
// # Faithful, with source
//
//   - The version segment, api-supported-versions, /health/check and
//     /{version}/api.yaml without a token (microsoft/dicom-server docs/api-versioning.md).
//   - 401 with the challenge of SecurityModule.cs and no body (derived); 403, 400 and
//     404 as plain text (ExceptionHandlingMiddleware.cs); 406 and 415 of filters with
//     no body, 406 without any Accept header (AcceptContentFilterAttribute.cs).
//   - STOW-RS: multipart and single part, part by part; 200, 202, 204, 409 with the
//     data sets of StoreResponseBuilder.cs, reasons 272, 43264, 43265, 45070, warnings
//     of version 2, the Warning header, 413; implicit VR refused, the preamble zeroed.
//   - QIDO-RS: the six resources with their attributes, ranges, fuzzy matching,
//     includefield, limit, offset, newest first, 204 when nothing matches
//     (QueryParser.cs, QueryLimit.cs, the v2 conformance statement).
//   - WADO-RS: studies, series, instances, frames and metadata with ETag; the table of
//     AcceptHeaderHandler.cs for media types and transfer syntaxes.
//   - DELETE; the change feed of both versions with latest; extended query tags with
//     their operations; partitions off (400).
//   - export: source and destination checked before the permission, 202 with the
//     operation, its results with the numbers and the log of errors; $bulkUpdate of
//     version 2: studies and attributes checked, 202 with the operation, instances
//     with the new values, their originals by msdicom-request-original, the change
//     feed's update (export-files and update-files of the managed service's articles).
//
// # Simplified
//
//   - Texts of 400s for queries and tags: DicomCoreResource.resx, partly of an older
//     version; the spelling of keys in model-state texts is unverified, as is what an
//     unknown version answers (404 here).
//   - PUT /studies replaces instances; the managed service has it, its answers are
//     unverified.
//   - An export's files are served here, by URLs that cannot be guessed, and not by a
//     storage account, which is never called; its container must be a complete URI.
//   - A bulk update fails for a study with files that are not explicit VR little endian,
//     or in whose character set the values cannot be written. Metadata are always
//     those of the latest version.
//   - An operation is done when it is first asked for; its permission is unverified.
//   - The ETag's form is the sandbox's own. Health has one made-up part.
//   - Elements of sequences are not validated; sets of characters other than the
//     default, Latin-1 and UTF-8 lose letters; the dictionary has common elements only.
//   - UPS-RS checks identifiers, states and the attributes that may not be empty, not
//     the whole of PS3.4 table CC.2.5-3, and searches give whole items.
//   - Rendering: grey and RGB, uncompressed or JPEG baseline.
//   - A private link's 403 has no body (unverified).
//
// # Absent, with a 501 that says so
//
// Transcoding between transfer syntaxes, pixels of other encodings, the list of an
// extended query tag's errors. Deflated files fail with 272.
package dicom
