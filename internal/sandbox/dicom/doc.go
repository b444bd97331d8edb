// Package dicom is the sandbox's DICOM service.
package dicom
