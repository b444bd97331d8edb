package dicom

import (
	"slices"

	"hdstest/internal/sandbox/dicom/part10"
)

// level is where in the hierarchy something stands.
type level int

const (
	studyLevel level = iota
	seriesLevel
	instanceLevel
	levels // how many there are
)

// String gives the name as extended query tags write it.
func (l level) String() string { return []string{"Study", "Series", "Instance"}[l] }

// coreTags are the attributes that are indexed at a level without further ado.
// Source: microsoft/dicom-server QueryLimit.cs; the v2 conformance statement.
func coreTags(l level) []part10.Tag {
	switch l {
	case studyLevel:
		return []part10.Tag{part10.StudyInstanceUID, part10.PatientName, part10.PatientID, part10.PatientBirthDate,
			part10.AccessionNumber, part10.ReferringPhysician, part10.StudyDate, part10.StudyDescription}
	case seriesLevel:
		return []part10.Tag{part10.SeriesInstanceUID, part10.Modality, part10.StepStartDate, part10.ManufacturerModel}
	}
	return []part10.Tag{part10.SOPInstanceUID}
}

// defaultTags are those that a search result has if nothing else is asked for.
// Source: the conformance statements, "Default Study tags" and so on; version 1
// has more of them.
func defaultTags(l level, version int) []part10.Tag {
	tags := slices.Clone(coreTags(l))
	if version > 1 {
		return tags
	}
	switch l {
	case studyLevel:
		return append(tags, part10.CharacterSet, 0x00080030, 0x00080056, 0x00080201, 0x00100040, 0x00200010)
	case seriesLevel:
		return append(tags, part10.CharacterSet, 0x00080201, 0x0008103E, 0x00400245, 0x00400275)
	}
	return append(tags, part10.CharacterSet, part10.SOPClassUID, 0x00080056, 0x00080201, 0x00200013, part10.Rows, part10.Columns,
		part10.BitsAllocated, part10.NumberOfFrames)
}

// allTags are those that includefield=all adds at a level.
// Source: the v2 conformance statement, "Additional Study tags" and so on.
func allTags(l level) []part10.Tag {
	switch l {
	case studyLevel:
		return []part10.Tag{part10.CharacterSet, 0x00080030, 0x00080056, 0x00080201, 0x00080063, 0x00081032, 0x00081060, 0x00081080,
			0x00081110, 0x00101010, 0x00101020, 0x00101030, 0x00102180, 0x001021B0, 0x00100040, 0x00200010}
	case seriesLevel:
		return []part10.Tag{part10.CharacterSet, 0x00080201, 0x00200011, 0x00200060, 0x00080021, 0x00080031, 0x0008103E, 0x00400245, 0x00400275}
	}
	return []part10.Tag{part10.CharacterSet, part10.SOPClassUID, 0x00080056, 0x00080201, 0x00200013, part10.Rows, part10.Columns,
		part10.BitsAllocated, part10.NumberOfFrames}
}
