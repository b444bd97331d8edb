// Package part10 reads DICOM files (PS3.10) for the sandbox's DICOM service: the
// elements, their JSON form (PS3.18 annex F), the rules of their value
// representations, and the pixels of uncompressed and JPEG baseline images.
//
// It is the sandbox's own reader, strict about lengths, and shares nothing with
// the writer on the client side. It does not write files, decode other
// compressions, or inflate deflated data sets; texts in character sets other
// than the default one, Latin-1 and UTF-8 lose their letters.
package part10
