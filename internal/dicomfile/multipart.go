package dicomfile

// Multipart puts files into a multipart/related body for STOW-RS, each as a part
// of type application/dicom (DICOM PS3.18 section 8.6.1, RFC 2387). The boundary
// must not occur in the files. Content-Type of the whole: multipart/related;
// type="application/dicom"; boundary=…, without a start parameter, which the
// DICOM service of Azure refuses.
func Multipart(boundary string, files ...[]byte) []byte {
	var out []byte
	for _, file := range files {
		out = append(out, "--"+boundary+"\r\nContent-Type: application/dicom\r\n\r\n"...)
		out = append(out, file...)
		out = append(out, "\r\n"...)
	}
	return append(out, "--"+boundary+"--\r\n"...)
}
