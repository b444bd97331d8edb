"""Drives dicomweb-client (Python). It needs no setting but the base URL with
its version, a bearer token and REQUESTS_CA_BUNDLE."""
import io

import msal
import numpy
from driver import sandbox, step
from dicomweb_client.api import DICOMwebClient
from dicomweb_client.session_utils import create_session
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

BASE = sandbox["dicom_url"] + "/v2"
ANY = (("application/dicom", "*"),)


def token(client, secret):
    app = msal.ConfidentialClientApplication(
        client, client_credential=secret, authority=sandbox["authority"], instance_discovery=False)
    return app.acquire_token_for_client(["https://dicom.healthcareapis.azure.com/.default"])["access_token"]


def connect(bearer=None, base=BASE):
    session = create_session()
    if bearer:
        session.headers["Authorization"] = "Bearer " + bearer
    client = DICOMwebClient(base, session=session)
    client.set_http_retry_params(False)
    return client


client = connect(token(sandbox["client_id"], sandbox["client_secret"]))


def image(study, series, number, syntax=ExplicitVRLittleEndian):
    """A grey ramp of 16 by 16 pixels with two frames."""
    d = Dataset()
    d.file_meta = FileMetaDataset()
    d.file_meta.TransferSyntaxUID = syntax
    d.SOPClassUID, d.SOPInstanceUID = SecondaryCaptureImageStorage, generate_uid()
    d.StudyInstanceUID, d.SeriesInstanceUID, d.InstanceNumber = study, series, number
    d.PatientID, d.PatientName, d.PatientBirthDate, d.PatientSex = "e2e-1", "Synthetic^Client", "19700102", "O"
    d.StudyDate, d.StudyTime, d.StudyID, d.AccessionNumber = "20260102", "030405", "1", "A1"
    d.StudyDescription, d.Modality, d.SeriesNumber, d.ConversionType, d.ReferringPhysicianName = "e2e", "OT", 1, "SYN", ""
    d.SamplesPerPixel, d.PhotometricInterpretation, d.Rows, d.Columns, d.NumberOfFrames = 1, "MONOCHROME2", 16, 16, 2
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 8, 8, 7, 0
    d.PixelData = numpy.arange(512, dtype=numpy.uint16).astype(numpy.uint8).tobytes()
    with io.BytesIO() as file:  # as it would come from a disk, with the preamble that pydicom keeps
        dcmwrite(file, d, enforce_file_format=True)
        file.seek(0)
        return dcmread(file)


study, series = generate_uid(), generate_uid()
first, second = image(study, series, 1), image(study, series, 2)
where = (study, series, first.SOPInstanceUID)


def same(got, sent=first):
    """Whether what came back is what was sent."""
    return {"equal": got == sent, "pixels": got.PixelData == sent.PixelData, "syntax": str(got.file_meta.TransferSyntaxUID)}


def references(answer, name):
    return [dict(uid=str(i.ReferencedSOPInstanceUID), url=i.get("RetrieveURL"), reason=i.get("FailureReason"))
            for i in answer.get(name, [])]


# Before anything is there, and without a right.
step("search an empty service")(lambda: client.search_for_studies())
step("search without a token")(lambda: connect().search_for_studies())
step("search without a role")(lambda: connect(token(sandbox["admin_client_id"], sandbox["admin_client_secret"])).search_for_studies())
step("without a version")(lambda: connect(token(sandbox["client_id"], sandbox["client_secret"]), sandbox["dicom_url"]).search_for_studies())

# STOW-RS.
def store(*datasets, **more):
    answer = client.store_instances(list(datasets), **more)
    return {"stored": references(answer, "ReferencedSOPSequence"), "failed": references(answer, "FailedSOPSequence"),
            "study": answer.get("RetrieveURL")}


step("store two")(lambda: store(first, second, study_instance_uid=study))
step("store again")(lambda: store(first))
step("store in another study")(lambda: store(image(generate_uid(), series, 1), study_instance_uid=study))
step("store implicit VR")(lambda: store(image(generate_uid(), generate_uid(), 1, ImplicitVRLittleEndian)))

# QIDO-RS.
step("search studies")(lambda: client.search_for_studies(search_filters={"PatientID": "e2e-1"}))
step("search studies by date")(lambda: client.search_for_studies(search_filters={"StudyDate": "20260101-20260131"}, fields=["StudyDescription"]))
step("search studies, fuzzy")(lambda: client.search_for_studies(fuzzymatching=True, search_filters={"PatientName": "Client"}))
step("search studies, nothing")(lambda: client.search_for_studies(search_filters={"PatientID": "nobody"}))
step("search series")(lambda: client.search_for_series(study, search_filters={"Modality": "OT"}))
step("search instances")(lambda: client.search_for_instances(study, series))
step("search instances, page")(lambda: client.search_for_instances(limit=1, offset=1))
step("search instances, all pages")(lambda: len(client.search_for_instances(limit=1, get_remaining=True)))
step("search by an unknown key")(lambda: client.search_for_studies(additional_params={"$filter": "x"}))
step("search with too high a limit")(lambda: client.search_for_studies(limit=201))

# WADO-RS.
step("metadata of the study")(lambda: client.retrieve_study_metadata(study))
step("metadata of the instance")(lambda: client.retrieve_instance_metadata(*where))
step("instance, default")(lambda: same(client.retrieve_instance(*where)))
step("instance, any syntax")(lambda: same(client.retrieve_instance(*where, media_types=ANY)))
step("study, default")(lambda: len(client.retrieve_study(study)))
step("study, any syntax")(lambda: sorted(str(d.SOPInstanceUID) for d in client.retrieve_study(study, media_types=ANY)) ==
                          sorted(str(d.SOPInstanceUID) for d in (first, second)))
step("series, any syntax")(lambda: len(client.retrieve_series(study, series, media_types=ANY)))
octets = (("application/octet-stream", "*"),)
step("frames")(lambda: [f == first.PixelData[i * 256:(i + 1) * 256] for i, f in enumerate(
    client.retrieve_instance_frames(*where, frame_numbers=[1, 2], media_types=octets))])
step("frame that is not there")(lambda: client.retrieve_instance_frames(*where, frame_numbers=[3], media_types=octets))
step("rendered")(lambda: client.retrieve_instance_rendered(*where, media_types=("image/jpeg",))[:3].hex())
step("rendered as PNG")(lambda: client.retrieve_instance_frames_rendered(*where, frame_numbers=[2], media_types=("image/png",))[:4].hex())
step("instance that is not there")(lambda: client.retrieve_instance(study, series, "1.2.3", media_types=ANY))
step("a UID that is none")(lambda: connect(client._session.headers["Authorization"].split()[1]).retrieve_instance_metadata(study, series, "1.2.3."))

# DELETE.
step("delete the instance")(lambda: client.delete_instance(*where))
step("delete it again")(lambda: client.delete_instance(*where))
step("delete the study")(lambda: client.delete_study(study))
step("search after")(lambda: client.search_for_studies())
